import { tf, type Tensor } from '../src/core/tensor.ts';

/** Exponential moving mean: `(1 − fresh) · mean + fresh · value`. */
export const movingMean = (mean: Tensor, value: Tensor, fresh: number | Tensor): Tensor => tf.add(mean, tf.mul(tf.sub(value, mean), fresh));

/** What a moving mean that started at zero is divided by after `time` values: `1 − keep^time`; scalar. */
export const correction = (keep: number, time: Tensor): Tensor => tf.sub(1, tf.pow(keep, time));
