import { z } from 'zod';
import { defineOptimizer, share } from '../src/core/optimizer.ts';
import { tf } from '../src/core/tensor.ts';
import { correction, movingMean } from './movingMean.ts';

/**
 * Adam that averages its weights instead of lowering its rate: `momentum` holds the weights z that take the steps, the model holds
 * a point between z and their mean, where gradients are taken. Defazio et al., 2024.
 */
export const scheduleFreeAdamW = defineOptimizer({
  kind: 'scheduleFreeAdamW',
  keras: { name: 'ScheduleFreeAdamW', rename: { beta1: 'beta_1', beta2: 'beta_2' } },
  learningRate: 0.0025,
  options: z.strictObject({
    /** How far gradients are taken from z towards the mean. */
    beta1: share.default(0.9),
    beta2: share.default(0.999),
    epsilon: z.number().nonnegative().default(1e-8),
    /** Updates over which the rate rises to its value. */
    warmupSteps: z.int().nonnegative().default(0),
  }),
  slots: { momentum: 'weight', velocity: 0 },
  scalars({ options: { beta1, beta2, warmupSteps }, rate, time }) {
    const fresh = tf.reciprocal(time);
    return {
      rate: warmupSteps > 0 ? tf.mul(rate, tf.minimum(tf.div(time, warmupSteps), 1)) : rate,
      squares: correction(beta2, time),
      kept: tf.sub(1, fresh),
      pull: tf.add(tf.mul(fresh, beta1), 1 - beta1),
    };
  },
  step({ options: { beta1, beta2, epsilon }, scalars, gradient, weight, slots }) {
    const velocity = movingMean(slots.velocity, tf.square(gradient), 1 - beta2);
    const deviation = tf.add(tf.sqrt(tf.div(velocity, scalars.squares)), epsilon);
    const momentum = tf.sub(slots.momentum, tf.div(tf.mul(gradient, scalars.rate), deviation));
    // beta1 times the mean of all z so far.
    const mean = tf.sub(weight, tf.mul(slots.momentum, 1 - beta1));
    return { weight: tf.add(tf.mul(mean, scalars.kept), tf.mul(momentum, scalars.pull)), slots: { momentum, velocity } };
  },
});
