import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { encoded, encodedShape, outputModes } from './shared/categories.ts';

/** Turns categories' numbers, from 0 to `numTokens − 1`, into vectors: `[count]` → `[numTokens]`, or with `oneHot` → `[count, numTokens]`. */
export const categoryEncoding = defineLayer({
  kind: 'categoryEncoding',
  keras: { name: 'CategoryEncoding', ignore: ['sparse'] },
  options: z.strictObject({ numTokens: z.int().positive(), outputMode: z.enum(outputModes).default('multiHot') }),
  rank: { atLeast: 1 },
  integers: true,
  build: ({ numTokens, outputMode }, input) => ({ output: encodedShape(input, outputMode, numTokens) }),
  call: (x, { options: { numTokens, outputMode } }) => encoded(x.dtype === 'int32' ? x : tf.cast(x, 'int32'), outputMode, numTokens),
});
