/** Convolution along one, two or three axes of space, channels last. */
import { tf, type Tensor, type Tensor4D, type Tensor5D } from '../../src/core/tensor.ts';
import type { Padding } from './window.ts';

export interface Sliding {
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly padding: Padding;
}

type Pair = [number, number];
type Triple = [number, number, number];

/** Sequences are images of height 1. */
const asImage = (x: Tensor): Tensor4D => (x.rank === 3 ? tf.reshape(x, [x.shape[0]!, 1, x.shape[1]!, x.shape[2]!]) : x) as Tensor4D;
const asKernel = (kernel: Tensor): Tensor4D => (kernel.rank === 3 ? tf.reshape(kernel, [1, ...(kernel.shape as Triple)]) : kernel) as Tensor4D;
const pair = (sizes: readonly number[]): Pair => (sizes.length === 1 ? [1, sizes[0]!] : [sizes[0]!, sizes[1]!]);
const back = (y: Tensor4D, rank: number): Tensor => (rank === 3 ? tf.reshape(y, [y.shape[0], y.shape[2], y.shape[3]]) : y);

/** Pads the front of a sequence so that no step sees a later one. */
const behind = (x: Tensor, size: number, { dilationRate, padding }: Sliding): Tensor =>
  (padding === 'causal' ? tf.pad(x, [[0, 0], [dilationRate[0]! * (size - 1), 0], [0, 0]]) : x);

/** `kernel` of shape `[...size, channels, filters]`. */
function whole(x: Tensor, kernel: Tensor, { strides, dilationRate, padding }: Sliding): Tensor {
  const pad = padding === 'same' ? 'same' : 'valid';
  if (x.rank === 5) return tf.conv3d(x as Tensor5D, kernel as Tensor5D, strides as Triple, pad, 'NDHWC', dilationRate as Triple);
  return back(tf.conv2d(asImage(x), asKernel(kernel), pair(strides), pad, 'NHWC', pair(dilationRate)), x.rank);
}

/** Each of `groups` equal parts of the channels is convolved with its own part of the filters; `kernel`: `[...size, channels / groups, filters]`. */
export function convolve(x: Tensor, kernel: Tensor, groups: number, sliding: Sliding): Tensor {
  const padded = behind(x, kernel.shape[0]!, sliding);
  if (groups === 1) return whole(padded, kernel, sliding);
  const kernels = tf.split(kernel, groups, kernel.rank - 1);
  return tf.concat(tf.split(padded, groups, x.rank - 1).map((part, i) => whole(part, kernels[i]!, sliding)), x.rank - 1);
}
