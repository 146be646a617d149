import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineMerge } from '../src/core/defineLayer.ts';
import { show } from '../src/core/shape.ts';
import { crossedBin } from './shared/hash.ts';
import { categories, categoriesShape } from './shared/hostCategories.ts';

/** Puts pairs (or more) of words or whole numbers into `numBins` bins by a hash of them together: several `[1]` → `[1]` of int32, or one-hot `[numBins]`. The bins are Keras's. Runs on the host. */
export const hashedCrossing = defineMerge({
  kind: 'hashedCrossing',
  keras: { name: 'HashedCrossing', ignore: ['sparse'], write: (config) => ({ ...config, dtype: config.output_mode === 'int' ? 'int64' : 'float32' }) },
  options: z.strictObject({ numBins: z.int().positive().max(2 ** 31 - 1), outputMode: z.enum(['int', 'oneHot']).default('int') }),
  integers: true,
  build({ numBins, outputMode }, inputs) {
    if (inputs.length < 2) throw new ModelError('hashedCrossing', `crosses two or more inputs, got ${inputs.length}; call it on a list of them, or use hashing() for one`);
    for (const shape of inputs) {
      if (shape.length !== 1 || shape[0] !== 1) throw new ModelError('hashedCrossing', `crosses inputs of one value for each example, of shape [1], but here one example is ${show(shape)}`);
    }
    return categoriesShape(inputs[0]!, outputMode, numBins);
  },
  call(xs, { options: { numBins, outputMode } }) {
    const values = xs.map((x) => x.dataSync() as ArrayLike<string | number>);
    const numbers = Int32Array.from({ length: values[0]!.length }, (_, i) => crossedBin(values.map((each) => each[i]!), numBins));
    return categories({ numbers, shape: xs[0]!.shape }, { mode: outputMode, depth: numBins });
  },
});
