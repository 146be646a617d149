import { z } from 'zod';
import { defineSchedule } from '../../src/core/schedule.ts';
import { tf } from '../../src/core/tensor.ts';

/**
 * From `initialLearningRate` to `endLearningRate` in `decaySteps`, as `(1 − step / decaySteps) ^ power`; with `cycle` again and again,
 * in twice, three times … as many steps, else the rate stays there.
 */
export const polynomialDecay = defineSchedule({
  kind: 'polynomialDecay',
  keras: { name: 'PolynomialDecay', ignore: ['name'] },
  options: z.strictObject({
    initialLearningRate: z.number().nonnegative(),
    decaySteps: z.number().positive(),
    endLearningRate: z.number().nonnegative().default(0.0001),
    power: z.number().nonnegative().default(1),
    cycle: z.boolean().default(false),
  }),
  call: ({ initialLearningRate, decaySteps, endLearningRate, power, cycle }) => (step) => {
    const fraction = cycle
      ? tf.div(step, tf.mul(tf.maximum(tf.ceil(tf.div(step, decaySteps)), 1), decaySteps))
      : tf.div(tf.minimum(step, decaySteps), decaySteps);
    return tf.add(tf.mul(tf.pow(tf.sub(1, fraction), power), initialLearningRate - endLearningRate), endLearningRate);
  },
});
