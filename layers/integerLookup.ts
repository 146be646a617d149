import { z } from 'zod';
import { defineAdaptable } from '../src/core/adapt.ts';
import { salt } from './hashing.ts';
import { buildLookup, idfArray, ignored, learnVocabulary, lookBack, lookUp, lookupOptions, vocabularyMethods } from './shared/lookup.ts';

const kind = 'integerLookup';
const whole = (values: ArrayLike<unknown>) => Array.from(values as ArrayLike<number>, Math.trunc);

/**
 * Whole numbers of any size to numbers from 0 up: `[…]` → `[…]` of int32, or vectors of one entry a token (`oneHot`, `multiHot`, `count`, `tfIdf`). The vocabulary
 * is given, or learnt by `adapt(data)`. With `invert`, back again. Runs on the host.
 */
export const integerLookup = defineAdaptable({
  kind,
  keras: { name: 'IntegerLookup', ignore: ignored, arrays: (options) => idfArray(kind, options) },
  options: z.strictObject({
    ...lookupOptions, salt,
    vocabulary: z.array(z.int()).min(1).nullable().default(null),
    maskToken: z.int().nullable().default(null),
    oovToken: z.int().default(-1),
    oovMethod: z.enum(['floormod', 'farmhash']).default('floormod'),
  }),
  integers: true,
  build: (options, input) => buildLookup(kind, options, input),
  call: (x, { options }) => (options.invert ? lookBack(kind, options, x) : lookUp(kind, options, whole(x.dataSync()), x.shape)),
  adapt: (options, where) => learnVocabulary(options, where, ({ data }) => whole(data)),
  methods: (options) => vocabularyMethods(kind, () => options),
});
