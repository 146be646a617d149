import { z } from 'zod';
import { defineOptimizer, share } from '../src/core/optimizer.ts';
import { tf } from '../src/core/tensor.ts';
import { correction, movingMean } from './movingMean.ts';

/** Adam with the largest recent gradient in place of the root of the mean square. Kingma and Ba, 2015, section 7.1. */
export const adamax = defineOptimizer({
  kind: 'adamax',
  keras: { name: 'Adamax', rename: { beta1: 'beta_1', beta2: 'beta_2' } },
  learningRate: 0.001,
  options: z.strictObject({
    beta1: share.default(0.9),
    beta2: share.default(0.999),
    epsilon: z.number().nonnegative().default(1e-7),
  }),
  slots: { momentum: 0, norm: 0 },
  scalars: ({ options, rate, time }) => ({ rate: tf.div(rate, correction(options.beta1, time)) }),
  step({ options: { beta1, beta2, epsilon }, scalars, gradient, weight, slots }) {
    const momentum = movingMean(slots.momentum, gradient, 1 - beta1);
    const norm = tf.maximum(tf.mul(slots.norm, beta2), tf.abs(gradient));
    return { weight: tf.sub(weight, tf.div(tf.mul(momentum, scalars.rate), tf.add(norm, epsilon))), slots: { momentum, norm } };
  },
});
