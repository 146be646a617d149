import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { encoded, encodedShape, outputModes } from './shared/categories.ts';

/**
 * Says into which bin a number falls: 0 below the first boundary, 1 from there to the second, …; `[…, count]` stays as it is, of int32, or becomes vectors
 * of one entry a bin as in `categoryEncoding`.
 */
export const discretization = defineLayer({
  kind: 'discretization',
  keras: { name: 'Discretization', ignore: ['num_bins', 'epsilon', 'sparse'] },
  options: z.strictObject({
    binBoundaries: z.array(z.number()).min(1).refine((list) => list.every((n, i) => i === 0 || n > list[i - 1]!), 'must ascend'),
    outputMode: z.enum(['int', ...outputModes]).default('int'),
  }),
  rank: { atLeast: 1 },
  build({ binBoundaries, outputMode }, input) {
    return outputMode === 'int' ? { output: input, dtype: 'int32' } : { output: encodedShape(input, outputMode, binBoundaries.length + 1) };
  },
  call(x, { options: { binBoundaries, outputMode } }) {
    const passed = tf.greaterEqual(tf.expandDims(x, -1), tf.tensor1d(binBoundaries));
    const bins = tf.cast(tf.sum(tf.cast(passed, 'float32'), -1), 'int32');
    return outputMode === 'int' ? bins : encoded(bins, outputMode, binBoundaries.length + 1);
  },
});
