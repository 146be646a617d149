import { z } from 'zod';
import { defineAdaptable } from '../src/core/adapt.ts';
import { salt } from './hashing.ts';
import { buildLookup, idfArray, ignored, learnVocabulary, lookBack, lookUp, lookupOptions, utf8Only, vocabularyMethods } from './shared/lookup.ts';
import { refuseNumbers } from './shared/texts.ts';

const kind = 'stringLookup';

/**
 * Words to numbers: `[…]` of strings → `[…]` of int32, or vectors of one entry a token (`oneHot`, `multiHot`, `count`, `tfIdf`). The vocabulary is given, or
 * learnt by `adapt(data)`. With `invert`, numbers to words. Runs on the host.
 */
export const stringLookup = defineAdaptable({
  kind,
  keras: { name: 'StringLookup', ignore: [...ignored, 'oov_method'], read: utf8Only, arrays: (options) => idfArray(kind, options) },
  options: z.strictObject({
    ...lookupOptions, salt,
    vocabulary: z.array(z.string()).min(1).nullable().default(null),
    maskToken: z.string().nullable().default(null),
    oovToken: z.string().default('[UNK]'),
  }),
  integers: true,
  build(options, input, { dtype }) {
    if (!options.invert) refuseNumbers(kind, dtype);
    return buildLookup(kind, options, input);
  },
  call: (x, { options }) => (options.invert ? lookBack(kind, options, x) : lookUp(kind, options, x.dataSync<'string'>() as unknown as string[], x.shape)),
  adapt: (options, where) => learnVocabulary(options, where, ({ data }) => data as readonly string[]),
  methods: (options) => vocabularyMethods(kind, () => options),
});
