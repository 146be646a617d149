import { tf, type Tensor } from '../src/core/tensor.ts';

/** Exponential moving mean: `keep · mean + (1 − keep) · value`. */
export const movingMean = (mean: Tensor, value: Tensor, keep: number): Tensor => tf.add(mean, tf.mul(tf.sub(value, mean), 1 - keep));

/** What a moving mean that started at zero is divided by after `time` values: `1 − keep^time`; scalar. */
export const correction = (keep: number, time: Tensor): Tensor => tf.sub(1, tf.pow(keep, time));
