/** The transpose of a convolution along one, two or three axes of space, channels last: each input point spreads its kernel over the output. */
import { tf, type Tensor, type Tensor4D, type Tensor5D } from '../../src/core/tensor.ts';
import { asImage, asKernel, asSequence, dilated, pair, type Triple } from './convolution.ts';
import { throughSeen } from './volume.ts';
import { reach } from './window.ts';

type Padding = 'valid' | 'same';

interface Spread {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: Padding;
  /** What is added at the end. */
  readonly extra: number | undefined;
}

/** How long an axis gets (Keras's `compute_conv_transpose_output_shape`). */
export function spreadLength(length: number, { size, stride, dilation, padding, extra }: Spread): number {
  const whole = reach(size, dilation);
  if (padding === 'valid') return (length - 1) * stride + whole + (extra ?? Math.max(stride - whole, 0));
  return extra === undefined ? length * stride : (length - 1) * stride + (whole % 2) + extra;
}

interface Options {
  readonly strides: readonly number[];
  readonly padding: Padding;
  readonly outputPadding: readonly number[] | null;
  readonly dilationRate: readonly number[];
}

/** `kernel` of shape `[...size, filters, channels]`. */
export function transposed(x: Tensor, kernel: Tensor, { strides, padding, outputPadding, dilationRate }: Options): Tensor {
  const spread = dilated(kernel, dilationRate);
  const lengths = strides.map((stride, i) => spreadLength(x.shape[i + 1]!, { size: spread.shape[i]!, stride, dilation: 1, padding, extra: outputPadding?.[i] }));
  const shape = [x.shape[0]!, ...lengths, spread.shape.at(-2)!];
  if (x.rank === 5) {
    const make = (to: readonly number[]) => tf.conv3dTranspose(x as Tensor5D, spread as Tensor5D, to as Tensor5D['shape'], strides as Triple, padding);
    return padding === 'same' ? throughSeen(shape, spread.shape, strides, make) : make(shape);
  }
  const [batch, ...rest] = shape as [number, ...number[]];
  const y = tf.conv2dTranspose(asImage(x), asKernel(spread), (x.rank === 3 ? [batch, 1, ...rest] : shape) as Tensor4D['shape'], pair(strides), padding);
  return x.rank === 3 ? asSequence(y) : y;
}
