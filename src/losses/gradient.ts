/** Losses whose gradient is known in closed form give it: fewer operations than following every step back, and exact where those lose digits. */
import { tf, type Tensor } from '../core/tensor.ts';

/**
 * A function of `x` with a gradient of its own: `slope(dy, kept)`, with the tensors that `value` gave to `keep`. Nothing flows back to any
 * tensor but `x`.
 */
export const withGradient = (x: Tensor, value: (keep: (...tensors: Tensor[]) => void) => Tensor, slope: (dy: Tensor, ...kept: Tensor[]) => Tensor): Tensor =>
  tf.customGrad((_, save) => ({
    value: value((...tensors) => (save as (tensors: Tensor[]) => void)(tensors)),
    gradFunc: (dy, kept) => slope(dy, ...kept),
  }))(x);

/** A tensor that no gradient flows back from. */
export const detached = (value: () => Tensor): Tensor => tf.customGrad(() => ({ value: value(), gradFunc: () => [] }))();

/** `x` clipped to [least, most]. A gradient flows where it lies within. */
export const clip = (x: Tensor, least: number, most: number): Tensor =>
  withGradient(x, (keep) => {
    const clipped = tf.clipByValue(x, least, most);
    keep(x, clipped);
    return clipped;
  }, (dy, given, clipped) => tf.mul(dy, tf.cast(tf.equal(given!, clipped!), 'float32')));

/** `x ^ exponent`. */
export function power(x: Tensor, exponent: number): Tensor {
  if (exponent === 1) return x;
  if (exponent === 2) return tf.square(x);
  return exponent === 0.5 ? tf.sqrt(x) : tf.pow(x, exponent);
}

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
  withGradient(error, (keep) => {
    keep(error);
    return meanOver(f(error));
  }, (dy, e) => tf.mul(slope(e!), meanSlope(dy, e!.shape, -1, factor)));
