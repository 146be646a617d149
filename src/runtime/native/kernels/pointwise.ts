/**
 * The gradient by its filter of a convolution whose windows are single cells, some way apart. oneDNN, as of TensorFlow 2.21, writes beyond its working memory
 * for some shapes of those, such as 6 channels and odd batches, and the process dies some time later. The convolution sees no other cells than those at its strides; so they are
 * picked out first, and lie side by side.
 */
import { tf, type Tensor } from '../../../core/tensor.ts';
import { nativeKernel, register } from './register.ts';

export function registerPointwise(): void {
  const own = nativeKernel('Conv2DBackpropFilter')!;
  register('Conv2DBackpropFilter', (inputs, attrs, call) => {
    const { strides, filterShape: [height, width], dataFormat = 'NHWC' } = attrs as unknown as { strides: number | [number, number]; filterShape: number[]; dataFormat?: string };
    const [down, right] = typeof strides === 'number' ? [strides, strides] : strides;
    if (height !== 1 || width !== 1 || (down === 1 && right === 1)) return own(call) as Tensor;
    const { x } = inputs;
    const steps = dataFormat === 'NHWC' ? [1, down, right, 1] : [1, 1, down, right];
    const seen = tf.stridedSlice(x!, [0, 0, 0, 0], x!.shape, steps);
    return own({ ...call, inputs: { ...inputs, x: seen }, attrs: { ...attrs, strides: [1, 1], pad: 'valid' } }) as Tensor;
  });
}
