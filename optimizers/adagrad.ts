import { z } from 'zod';
import { defineOptimizer } from '../src/core/optimizer.ts';
import { tf } from '../src/core/tensor.ts';

/** Divides the gradient by the root of the sum of all its squares so far. Duchi et al., 2011. */
export const adagrad = defineOptimizer({
  kind: 'adagrad',
  keras: { name: 'Adagrad' },
  learningRate: 0.001,
  options: z.strictObject({
    initialAccumulatorValue: z.number().nonnegative().default(0.1),
    epsilon: z.number().nonnegative().default(1e-7),
  }),
  slots: { accumulator: ({ initialAccumulatorValue }) => initialAccumulatorValue },
  step({ options, rate, gradient, weight, slots }) {
    const accumulator = tf.add(slots.accumulator, tf.square(gradient));
    return { weight: tf.sub(weight, tf.div(tf.mul(gradient, rate), tf.sqrt(tf.add(accumulator, options.epsilon)))), slots: { accumulator } };
  },
});
