import { z } from 'zod';
import { defineOptimizer, share } from '../src/core/optimizer.ts';
import { tf } from '../src/core/tensor.ts';
import { movingMean } from './movingMean.ts';

/** Steps of one size for all, in the direction of the momentum's sign; wants a rate some ten times smaller than Adam's. Chen et al., 2023. */
export const lion = defineOptimizer({
  kind: 'lion',
  keras: { name: 'Lion', rename: { beta1: 'beta_1', beta2: 'beta_2' } },
  learningRate: 0.001,
  options: z.strictObject({
    /** How much of the momentum goes into the step. */
    beta1: z.number().positive().max(1).default(0.9),
    /** What the momentum keeps at each update. */
    beta2: share.default(0.99),
  }),
  slots: { momentum: 0 },
  step({ options: { beta1, beta2 }, rate, gradient, weight, slots }) {
    const direction = tf.sign(movingMean(slots.momentum, gradient, 1 - beta1));
    return { weight: tf.sub(weight, tf.mul(direction, rate)), slots: { momentum: movingMean(slots.momentum, gradient, 1 - beta2) } };
  },
});
