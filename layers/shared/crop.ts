/** Windows of images that have the proportions of another size. Channels last. */
import { tf, type Tensor } from '../../src/core/tensor.ts';

type Size = readonly [height: number, width: number];

const sizeOf = (x: Tensor): Size => [x.shape[1]!, x.shape[2]!];

/** Cuts a window out of each image of a batch. */
export const cut = (x: Tensor, [top, left]: Size, [height, width]: Size): Tensor =>
  tf.slice(x, [0, top, left, 0], [x.shape[0]!, height, width, x.shape[3]!]);

/** The middle of each image, as large as `size`. */
export function middle(x: Tensor, size: Size): Tensor {
  const [height, width] = sizeOf(x);
  return cut(x, [Math.floor((height - size[0]) / 2), Math.floor((width - size[1]) / 2)], size);
}

/** The largest window in the middle of each image with the proportions of `size`. */
export function cutToProportions(x: Tensor, size: Size): Tensor {
  const [height, width] = sizeOf(x);
  const most = (own: number, other: number, ratio: number) => Math.max(1, Math.min(own, Math.trunc(other * ratio)));
  return middle(x, [most(height, width, size[0] / size[1]), most(width, height, size[1] / size[0])]);
}

/** Frames each image, evenly, until it has the proportions of `size`. */
export function padToProportions(x: Tensor, size: Size, value: number): Tensor {
  const [height, width] = sizeOf(x);
  const margin = (own: number, other: number, ratio: number) => Math.trunc((Math.max(own, Math.trunc(other * ratio)) - own) / 2);
  const [y, z] = [margin(height, width, size[0] / size[1]), margin(width, height, size[1] / size[0])];
  return y === 0 && z === 0 ? x : tf.pad(x, [[0, 0], [y, y], [z, z], [0, 0]], value);
}
