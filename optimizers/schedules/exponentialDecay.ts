import { z } from 'zod';
import { defineSchedule } from '../../src/core/schedule.ts';
import { tf } from '../../src/core/tensor.ts';

/** `initialLearningRate · decayRate ^ (step / decaySteps)`; with `staircase` the exponent is rounded down. */
export const exponentialDecay = defineSchedule({
  kind: 'exponentialDecay',
  keras: { name: 'ExponentialDecay', ignore: ['name'] },
  options: z.strictObject({
    initialLearningRate: z.number().nonnegative(),
    decaySteps: z.number().positive(),
    decayRate: z.number().nonnegative(),
    staircase: z.boolean().default(false),
  }),
  call: ({ initialLearningRate, decaySteps, decayRate, staircase }) => (step) => {
    const decays = tf.div(step, decaySteps);
    return tf.mul(tf.pow(decayRate, staircase ? tf.floor(decays) : decays), initialLearningRate);
  },
});
