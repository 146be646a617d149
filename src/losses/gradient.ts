/** Losses whose gradient is known in closed form give it: fewer operations than following every step back, and exact where those lose digits. */
import { tf, type Tensor } from '../core/tensor.ts';

/** A function of `x` with the gradient `slope(dy, kept)`; the tensors in `kept` stay alive until then. Nothing flows back to any tensor but `x`. */
export const withGradient = (x: Tensor, kept: readonly Tensor[], value: () => Tensor, slope: (dy: Tensor, kept: Tensor[]) => Tensor): Tensor =>
  tf.customGrad((_, save) => {
    (save as (tensors: Tensor[]) => void)([...kept]);
    return { value: value(), gradFunc: slope };
  })(x);

const without = (shape: readonly number[], axis: number) => shape.filter((_, i) => i !== (axis < 0 ? axis + shape.length : axis));

/** The mean over an axis, which costs nothing where its size is 1. */
export const meanOver = (x: Tensor, axis = -1): Tensor => (x.shape.at(axis) === 1 ? tf.reshape(x, without(x.shape, axis)) : tf.mean(x, axis));

/** What flows back from the mean over an axis to each of its elements: `dy · factor / size`, with an axis of size 1 in the place of that axis. */
export function meanSlope(dy: Tensor, shape: readonly number[], axis = -1, factor = 1): Tensor {
  const held = [...shape];
  const place = axis < 0 ? axis + shape.length : axis;
  held[place] = 1;
  const each = tf.reshape(dy, held);
  const scale = factor / shape[place]!;
  return scale === 1 ? each : tf.mul(each, scale);
}

/** The mean over the last axis of `f(error)`; its gradient is the mean of `factor · slope(error)`. */
export const meanOfError = (error: Tensor, f: (error: Tensor) => Tensor, slope: (error: Tensor) => Tensor, factor = 1): Tensor =>
  withGradient(error, [error], () => meanOver(f(error)), (dy, [e]) => tf.mul(slope(e!), meanSlope(dy, e!.shape, -1, factor)));
