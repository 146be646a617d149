import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { outputModes } from './shared/categories.ts';
import { binOf, type Salt } from './shared/hash.ts';
import { categories, categoriesShape } from './shared/hostCategories.ts';

const half = z.int().nonnegative();
/** Key of the hash: one number, or both halves. */
export const salt = z.union([half.transform((n): Salt => [n, n]), z.tuple([half, half])]).nullable().default(null);

/**
 * Puts words or whole numbers into `numBins` bins by a hash of theirs: `[…]` → `[…]` of int32, or vectors of one entry a bin as in `categoryEncoding`.
 * `maskValue` alone goes to bin 0. The bins are Keras's: FarmHash's Fingerprint64, or SipHash with a `salt`. Runs on the host.
 */
export const hashing = defineLayer({
  kind: 'hashing',
  // Keras refuses whole numbers out of a layer of another dtype.
  keras: { name: 'Hashing', ignore: ['sparse'], write: (config) => ({ ...config, dtype: config.output_mode === 'int' ? 'int64' : 'float32' }) },
  options: z.strictObject({
    numBins: z.int().positive().max(2 ** 31 - 1),
    maskValue: z.union([z.string(), z.int()]).nullable().default(null),
    salt,
    outputMode: z.enum(['int', ...outputModes]).default('int'),
  }),
  integers: true,
  build({ numBins, outputMode }, input) {
    if (outputMode !== 'int' && input.length === 0) throw new ModelError('hashing', `needs a list of values in each example for outputMode "${outputMode}"; take input({ shape: [1] })`);
    return categoriesShape(input, outputMode, numBins);
  },
  call(x, { options: { numBins, maskValue, salt, outputMode } }) {
    const masks = maskValue !== null && numBins > 1;
    const numbers = Int32Array.from(x.dataSync() as ArrayLike<string | number>, (value: string | number) => {
      if (masks && value === maskValue) return 0;
      const text = typeof value === 'string' ? value : String(Math.trunc(value));
      return masks ? binOf(text, numBins - 1, salt) + 1 : binOf(text, numBins, salt);
    });
    return categories({ numbers, shape: x.shape }, { mode: outputMode, depth: numBins });
  },
});
