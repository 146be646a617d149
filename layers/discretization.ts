import { z } from 'zod';
import { defineAdaptable } from '../src/core/adapt.ts';
import { ModelError } from '../src/core/errors.ts';
import { readNumbers, type ArrayData } from '../src/core/hostArray.ts';
import { tf } from '../src/core/tensor.ts';
import { encoded, encodedShape, outputModes } from './shared/categories.ts';
import { Quantiles } from './shared/quantiles.ts';

const kind = 'discretization';
const ascending = (list: readonly number[]) => list.every((n, i) => i === 0 || n >= list[i - 1]!);

/**
 * Says into which bin a number falls: 0 below the first boundary, 1 from there to the second, …; `[…, count]` stays as it is, of int32, or becomes vectors
 * of one entry a bin as in `categoryEncoding`. Boundaries are given, or learnt by `adapt(data)` so that `numBins` bins hold about as many numbers each;
 * `epsilon` is the share that they may be off by.
 */
export const discretization = defineAdaptable({
  kind,
  keras: { name: 'Discretization', ignore: ['sparse'] },
  options: z.strictObject({
    binBoundaries: z.array(z.number()).min(1).refine(ascending, 'must ascend').nullable().default(null),
    numBins: z.int().min(2).nullable().default(null),
    epsilon: z.number().positive().lt(1).default(0.01),
    outputMode: z.enum(['int', ...outputModes]).default('int'),
  }),
  rank: { atLeast: 1 },
  build({ binBoundaries, numBins, outputMode }, input) {
    const bins = binBoundaries ? binBoundaries.length + 1 : numBins;
    if (bins === null) throw new ModelError(kind, 'needs `binBoundaries`, or `numBins` and adapt(data)');
    return outputMode === 'int' ? { output: input, dtype: 'int32' } : { output: encodedShape(input, outputMode, bins) };
  },
  call(x, { options: { binBoundaries, outputMode } }) {
    if (!binBoundaries) throw new ModelError(kind, 'has no boundaries yet; call adapt(data), or give them as `binBoundaries`');
    const passed = tf.greaterEqual(tf.expandDims(x, -1), tf.tensor1d(binBoundaries));
    const bins = tf.cast(tf.sum(tf.cast(passed, 'float32'), -1), 'int32');
    return outputMode === 'int' ? bins : encoded(bins, outputMode, binBoundaries.length + 1);
  },
  adapt({ numBins, epsilon }, where) {
    if (numBins === null) throw new ModelError(where, 'has its boundaries by its options; give `numBins` in their place to have them learnt');
    const quantiles = new Quantiles(epsilon);
    return {
      see: (examples) => quantiles.add(readNumbers(where, examples as ArrayData).data),
      learnt() {
        const binBoundaries = quantiles.bounds(numBins);
        if (binBoundaries.length === 0) throw new ModelError(where, `there are too few numbers to put them into ${numBins} bins; give more`);
        return { options: { binBoundaries: [...binBoundaries] } };
      },
    };
  },
});
