/** Convolutions over an image padded by hand (a number, or a pair for each axis): tfjs-node has them for `same` and `valid` only. The image is padded first. */
import { tf, type Tensor, type Tensor4D } from '../../../core/tensor.ts';
import { nativeKernel, register } from './register.ts';

interface Attributes {
  pad: 'same' | 'valid' | number | [number, number][];
  dataFormat?: 'NHWC' | 'NCHW';
  inputShape?: [number, number, number, number];
}

/** What is padded before and after each axis of the image. */
function margins({ pad, dataFormat = 'NHWC' }: Attributes): [number, number][] {
  if (Array.isArray(pad)) return pad;
  const [none, margin]: [number, number][] = [[0, 0], [pad as number, pad as number]];
  return dataFormat === 'NHWC' ? [none!, margin!, margin!, none!] : [none!, none!, margin!, margin!];
}

const convolutions = ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'DepthwiseConv2dNative', 'DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'];

export function registerPadded(): void {
  for (const name of convolutions) {
    const own = nativeKernel(name)!;
    register(name, (inputs, attrs, call) => {
      const given = attrs as unknown as Attributes;
      if (typeof given.pad === 'string') return own(call) as Tensor;
      const around = margins(given);
      const valid = (tensors: Record<string, Tensor>, more: object = {}) => own({ ...call, inputs: tensors, attrs: { ...attrs, pad: 'valid', ...more } }) as Tensor4D;
      if (!given.inputShape) return valid({ ...inputs, x: tf.pad(inputs.x!, around) });
      const inputShape = given.inputShape.map((size, axis) => around[axis]![0] + size + around[axis]![1]);
      return tf.slice(valid(inputs, { inputShape }), around.map(([before]) => before) as [number, number, number, number], given.inputShape);
    });
  }
}
