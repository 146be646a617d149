import { z } from 'zod';
import { defineSchedule } from '../../src/core/schedule.ts';
import { tf } from '../../src/core/tensor.ts';

const rising = (numbers: readonly number[]) => numbers.every((n, i) => i === 0 || n > numbers[i - 1]!);

/** `values[0]` up to and including step `boundaries[0]`, then `values[1]` up to `boundaries[1]`, …, at last `values.at(-1)`. */
export const piecewiseConstantDecay = defineSchedule({
  kind: 'piecewiseConstantDecay',
  keras: { name: 'PiecewiseConstantDecay', ignore: ['name'] },
  options: z.strictObject({
    boundaries: z.array(z.number()).min(1).refine(rising, 'must rise from each number to the next'),
    values: z.array(z.number().nonnegative()),
  }).refine(({ boundaries, values }) => values.length === boundaries.length + 1, {
    path: ['values'], message: 'must be one more than the boundaries: a rate before the first, between each two and after the last',
  }),
  call: ({ boundaries, values }) => (step) => {
    const reached = tf.sum(tf.cast(tf.greater(step, tf.tensor1d(boundaries)), 'int32'));
    return tf.gather(tf.tensor1d(values), reached);
  },
});
