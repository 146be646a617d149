/** Convolution along one, two or three axes of space, channels last. */
import { tf, type Tensor, type Tensor4D, type Tensor5D } from '../../src/core/tensor.ts';
import { seen } from './volume.ts';
import { reach, type Padding } from './window.ts';

export interface Sliding {
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly padding: Padding;
}

type Pair = [number, number];
export type Triple = [number, number, number];

/** Sequences are images of height 1. */
export const asImage = (x: Tensor): Tensor4D => (x.rank === 3 ? tf.reshape(x, [x.shape[0]!, 1, x.shape[1]!, x.shape[2]!]) : x) as Tensor4D;
export const asKernel = (kernel: Tensor): Tensor4D => (kernel.rank === 3 ? tf.reshape(kernel, [1, ...(kernel.shape as Triple)]) : kernel) as Tensor4D;
export const asSequence = (y: Tensor): Tensor => tf.reshape(y, [y.shape[0]!, y.shape[2]!, y.shape[3]!]);
export const pair = (sizes: readonly number[]): Pair => (sizes.length === 1 ? [1, sizes[0]!] : [sizes[0]!, sizes[1]!]);

/** Pads the front of a sequence so that no step sees a later one. */
const behind = (x: Tensor, size: number, { dilationRate, padding }: Sliding): Tensor =>
  (padding === 'causal' ? tf.pad(x, [[0, 0], [dilationRate[0]! * (size - 1), 0], [0, 0]]) : x);

const padOf = ({ padding }: Sliding) => (padding === 'same' ? 'same' : 'valid');
const above1 = (sizes: readonly number[]) => sizes.some((n) => n > 1);

/** `kernel` of shape `[...size, channels, filters]`. */
function whole(x: Tensor, kernel: Tensor, sliding: Sliding): Tensor {
  const { strides, dilationRate } = sliding;
  if (x.rank === 5) {
    const volume = sliding.padding === 'same' ? seen(x as Tensor5D, kernel.shape.map((n, axis) => reach(n, dilationRate[axis] ?? 1)), strides) : (x as Tensor5D);
    return tf.conv3d(volume, kernel as Tensor5D, strides as Triple, padOf(sliding), 'NDHWC', dilationRate as Triple);
  }
  const y = tf.conv2d(asImage(x), asKernel(kernel), pair(strides), padOf(sliding), 'NHWC', pair(dilationRate));
  return x.rank === 3 ? asSequence(y) : y;
}

/** Each of `groups` equal parts of the channels is convolved with its own part of the filters; `kernel`: `[...size, channels / groups, filters]`. */
export function convolve(x: Tensor, kernel: Tensor, groups: number, sliding: Sliding): Tensor {
  const padded = behind(x, kernel.shape[0]!, sliding);
  if (groups === 1) return whole(padded, kernel, sliding);
  const alone = kernel.shape.at(-2) === 1 && x.rank < 5 && new Set(sliding.strides).size === 1;
  if (alone) return depthwise(padded, tf.reshape(kernel, [...kernel.shape.slice(0, -2), groups, kernel.shape.at(-1)! / groups]), sliding);
  const kernels = tf.split(kernel, groups, kernel.rank - 1);
  return tf.concat(tf.split(padded, groups, x.rank - 1).map((part, i) => whole(part, kernels[i]!, sliding)), x.rank - 1);
}

/** Each channel is convolved with kernels of its own; `kernel`: `[...size, channels, multiplier]`, `strides` alike along all axes. */
export function depthwise(x: Tensor, kernel: Tensor, sliding: Sliding): Tensor {
  const both = above1(sliding.strides) && above1(sliding.dilationRate);
  const spread = both ? dilated(kernel, sliding.dilationRate) : kernel;
  const stride = Math.max(...sliding.strides);
  const y = tf.depthwiseConv2d(asImage(x), asKernel(spread), [stride, stride], padOf(sliding), 'NHWC', both ? 1 : pair(sliding.dilationRate));
  return x.rank === 3 ? asSequence(y) : y;
}

/** The kernel with the zeros written out that dilation leaves between its numbers. */
export function dilated(kernel: Tensor, rates: readonly number[]): Tensor {
  return rates.reduce((given, rate, axis) => {
    if (rate === 1) return given;
    const before = given.shape.slice(0, axis);
    const [size, ...after] = given.shape.slice(axis) as [number, ...number[]];
    const inner = after.reduce((product, n) => product * n, 1);
    const rows = tf.pad(tf.reshape(given, [-1, inner]), [[0, 0], [0, inner * (rate - 1)]]);
    const spread = tf.reshape(rows, [...before, size * rate, ...after]);
    const end = (size - 1) * rate + 1;
    return tf.slice(spread, spread.shape.map(() => 0), spread.shape.map((n, i) => (i === axis ? end : n)));
  }, kernel);
}
