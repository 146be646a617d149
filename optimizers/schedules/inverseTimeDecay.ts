import { z } from 'zod';
import { defineSchedule } from '../../src/core/schedule.ts';
import { tf } from '../../src/core/tensor.ts';

/** `initialLearningRate / (1 + decayRate · step / decaySteps)`; with `staircase` the quotient of steps is rounded down. */
export const inverseTimeDecay = defineSchedule({
  kind: 'inverseTimeDecay',
  keras: { name: 'InverseTimeDecay', ignore: ['name'] },
  options: z.strictObject({
    initialLearningRate: z.number().nonnegative(),
    decaySteps: z.number().positive(),
    decayRate: z.number().nonnegative(),
    staircase: z.boolean().default(false),
  }),
  call: ({ initialLearningRate, decaySteps, decayRate, staircase }) => (step) => {
    const decays = tf.div(step, decaySteps);
    return tf.div(initialLearningRate, tf.add(tf.mul(staircase ? tf.floor(decays) : decays, decayRate), 1));
  },
});
