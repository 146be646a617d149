import { z } from 'zod';
import { defineOptimizer, share } from '../src/core/optimizer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { correction, movingMean } from './movingMean.ts';

const norm = (x: Tensor) => tf.sqrt(tf.sum(tf.square(x)));

/** Adam with steps in proportion to the norm of each weight, for very large batches. You et al., 2020. */
export const lamb = defineOptimizer({
  kind: 'lamb',
  keras: { name: 'Lamb', rename: { beta1: 'beta_1', beta2: 'beta_2' } },
  learningRate: 0.001,
  options: z.strictObject({
    beta1: share.default(0.9),
    beta2: share.default(0.999),
    epsilon: z.number().nonnegative().default(1e-7),
  }),
  slots: { momentum: 0, velocity: 0 },
  scalars: ({ options: { beta1, beta2 }, time }) => ({ mean: correction(beta1, time), squares: correction(beta2, time) }),
  step({ options: { beta1, beta2, epsilon }, scalars, rate, gradient, weight, slots }) {
    const momentum = movingMean(slots.momentum, gradient, 1 - beta1);
    const velocity = movingMean(slots.velocity, tf.square(gradient), 1 - beta2);
    const direction = tf.div(tf.div(momentum, scalars.mean), tf.add(tf.sqrt(tf.div(velocity, scalars.squares)), epsilon));
    const [size, length] = [norm(weight), norm(direction)];
    const trust = tf.where(tf.greater(tf.mul(size, length), 0), tf.div(size, length), tf.scalar(1));
    return { weight: tf.sub(weight, tf.mul(direction, tf.mul(trust, rate))), slots: { momentum, velocity } };
  },
});
