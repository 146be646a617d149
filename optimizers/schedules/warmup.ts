import { z } from 'zod';
import { defineSchedule, rate, scheduleFunction } from '../../src/core/schedule.ts';
import { tf } from '../../src/core/tensor.ts';

/** The rate rises in a line from 0 to what `schedule` (or a number) begins with, in so many steps; then the schedule begins. */
export const warmup = defineSchedule({
  kind: 'warmup',
  options: z.strictObject({
    schedule: rate,
    steps: z.int().positive(),
  }),
  call: ({ schedule, steps }) => (step) => {
    const after = scheduleFunction(schedule)(tf.maximum(tf.sub(step, steps), 0));
    return tf.mul(after, tf.minimum(tf.div(step, steps), 1));
  },
});
