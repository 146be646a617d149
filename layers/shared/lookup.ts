/** What looking up words and looking up whole numbers have in common. */
import { z } from 'zod';
import type { Adaptation } from '../../src/core/adapt.ts';
import { ModelError } from '../../src/core/errors.ts';
import { isWords, product, type HostArray } from '../../src/core/hostArray.ts';
import type { JsonObject } from '../../src/core/keras.ts';
import type { Built } from '../../src/core/defineLayer.ts';
import type { Shape } from '../../src/core/shape.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { categories, categoriesShape } from './hostCategories.ts';
import { outputModes } from './categories.ts';
import { TokenCounts } from './tokenCounts.ts';
import { vocabularyOf, type VocabularyOptions } from './vocabulary.ts';

export const lookupModes = ['int', ...outputModes, 'tfIdf'] as const;

/** Options of everything that has a vocabulary. */
export const vocabularyOptions = {
  maxTokens: z.int().min(2).nullable().default(null),
  padToMaxTokens: z.boolean().default(false),
  idfWeights: z.array(z.number()).nullable().default(null),
};

export const lookupOptions = {
  ...vocabularyOptions,
  numOovIndices: z.int().nonnegative().default(1),
  invert: z.boolean().default(false),
  outputMode: z.enum(lookupModes).default('int'),
};

/** Keys of Keras's configs that follow from others, or ask for a form that holds the same numbers. */
export const ignored = ['sparse', 'vocabulary_size', 'vocabulary_dtype'];

/** Words are UTF-8 here. */
export function utf8Only(config: JsonObject): JsonObject {
  const { encoding, ...rest } = config;
  if (encoding === undefined || encoding === null || /^utf-?8$/i.test(String(encoding))) return rest;
  throw new ModelError('encoding', `is "${String(encoding)}" in the file, but texts here are UTF-8; convert vocabulary and data`);
}

/** What Keras's weights file has of a layer that weights tokens. */
export function idfArray(where: string, options: Readonly<Record<string, unknown>>): Readonly<Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>> {
  const given = options as unknown as VocabularyOptions<string>;
  if (given.outputMode !== 'tfIdf' || !given.vocabulary) return {};
  const { factors, depth } = vocabularyOf(where, given);
  const data = new Float32Array(depth);
  data.set(factors!);
  return { 'vars/idf_weights': { data, shape: [depth] } };
}

export function buildLookup<T extends string | number>(where: string, options: VocabularyOptions<T>, input: Shape): Built<{}> {
  const { outputMode, invert, oovToken } = options;
  // Without a vocabulary the shape is known all the same, if each token goes to one number; data shows whether there is one by then.
  const depth = options.vocabulary || outputMode !== 'int' ? vocabularyOf(where, options).depth : 0;
  if (outputMode !== 'int' && input.length === 0) throw new ModelError(where, `needs a list of tokens in each example for outputMode "${outputMode}"; take input({ shape: [1] })`);
  return invert ? { output: input, dtype: typeof oovToken === 'string' ? 'string' : 'int32' } : categoriesShape(input, outputMode, depth);
}

/** Looks up every token of a tensor that was read. */
export function lookUp<T extends string | number>(where: string, options: VocabularyOptions<T>, tokens: readonly T[], shape: readonly number[]): Tensor {
  const vocabulary = vocabularyOf(where, options);
  return categories({ numbers: Int32Array.from(tokens, vocabulary.numberOf), shape }, { mode: options.outputMode, depth: vocabulary.depth, factors: vocabulary.factors });
}

/** Tokens for numbers: the other way. */
export function lookBack<T extends string | number>(where: string, options: VocabularyOptions<T>, x: Tensor): Tensor {
  const tokens = Array.from(x.dataSync() as ArrayLike<number>, vocabularyOf(where, options).tokenOf);
  return tf.tensor(tokens as string[], x.shape, typeof options.oovToken === 'string' ? 'string' : 'int32');
}

/** Learns a vocabulary; `tokensOf` reads the tokens of one example. */
export function learnVocabulary<T extends string | number, O extends VocabularyOptions<T>>(
  options: O, where: string, tokensOf: (example: HostArray) => readonly T[],
): Adaptation<O> {
  const counts = new TokenCounts<T>();
  return {
    see({ data, shape }) {
      if (isWords(data) !== (typeof options.oovToken === 'string')) {
        throw new ModelError(where, `learns from ${isWords(data) ? 'whole numbers, got texts' : 'texts, got numbers'}; use ${isWords(data) ? 'stringLookup' : 'integerLookup'} for these`);
      }
      const [examples, ...sizes] = shape as [number, ...number[]];
      const width = product(sizes);
      for (let i = 0; i < examples; i++) counts.add(tokensOf({ data: data.slice(i * width, (i + 1) * width), shape: sizes }));
    },
    learnt: () => ({ options: counts.vocabulary(where, options) as unknown as Partial<O> }),
  };
}

/** What a layer with a vocabulary can be asked. */
export const vocabularyMethods = <T extends string | number>(where: string, options: () => VocabularyOptions<T>) => ({
  /** The tokens, each at the place that is its number: with those for masks and unknown tokens, unless they are left out. */
  getVocabulary({ specialTokens = true }: { readonly specialTokens?: boolean } = {}): readonly T[] {
    const { all, first } = vocabularyOf(where, options());
    return specialTokens ? all : all.slice(first);
  },
});
