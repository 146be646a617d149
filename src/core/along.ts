import { tf, type Tensor } from './tensor.ts';

/** Applies a function that works along the last axis along another (negative ones count from the end). */
export function along(x: Tensor, axis: number, apply: (x: Tensor) => Tensor): Tensor {
  const last = x.rank - 1;
  const chosen = axis < 0 ? axis + x.rank : axis;
  if (chosen === last) return apply(x);
  const swap = x.shape.map((_, i) => (i === chosen ? last : i === last ? chosen : i));
  return tf.transpose(apply(tf.transpose(x, swap)), swap);
}
