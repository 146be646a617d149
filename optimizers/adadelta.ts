import { z } from 'zod';
import { defineOptimizer, share } from '../src/core/optimizer.ts';
import { tf } from '../src/core/tensor.ts';
import { movingMean } from './movingMean.ts';

/** Steps of the size of recent steps, over gradients of the size of recent gradients. Zeiler, 2012, who has no rate: 1. */
export const adadelta = defineOptimizer({
  kind: 'adadelta',
  keras: { name: 'Adadelta' },
  learningRate: 0.001,
  options: z.strictObject({
    /** What the means keep at each update. */
    rho: share.default(0.95),
    epsilon: z.number().nonnegative().default(1e-7),
  }),
  slots: { accumulatedGrad: 0, accumulatedDeltaVar: 0 },
  step({ options: { rho, epsilon }, rate, gradient, weight, slots }) {
    const accumulatedGrad = movingMean(slots.accumulatedGrad, tf.square(gradient), 1 - rho);
    const ratio = tf.sqrt(tf.div(tf.add(slots.accumulatedDeltaVar, epsilon), tf.add(accumulatedGrad, epsilon)));
    const pull = tf.mul(gradient, ratio);
    const accumulatedDeltaVar = movingMean(slots.accumulatedDeltaVar, tf.square(pull), 1 - rho);
    return { weight: tf.sub(weight, tf.mul(pull, rate)), slots: { accumulatedGrad, accumulatedDeltaVar } };
  },
});
