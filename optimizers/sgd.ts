import { z } from 'zod';
import { defineOptimizer } from '../src/core/optimizer.ts';
import { tf } from '../src/core/tensor.ts';

const elsewhere = z.custom<undefined>((given) => given === undefined, 'is an option of the optimizer momentum, not of sgd: use momentum({ … })');

/** Stochastic gradient descent: `w ← w − rate · g`. Keras's `SGD` without momentum. */
export const sgd = defineOptimizer({
  kind: 'sgd',
  keras: { name: 'SGD', ignore: ['momentum', 'nesterov'], matches: ({ momentum }) => !momentum },
  learningRate: 0.01,
  options: z.strictObject({ momentum: elsewhere.optional(), nesterov: elsewhere.optional() }),
  slots: {},
  step: ({ rate, gradient, weight }) => ({ weight: tf.sub(weight, tf.mul(gradient, rate)), slots: {} }),
});
