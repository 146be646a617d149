import { z } from 'zod';
import { defineAdaptable } from '../src/core/adapt.ts';
import { ModelError } from '../src/core/errors.ts';
import { show, sized, type Shape } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { categories } from './shared/hostCategories.ts';
import { idfArray, ignored, learnVocabulary, lookupModes, utf8Only, vocabularyMethods, vocabularyOptions } from './shared/lookup.ts';
import { ngramsOf, refuseNumbers, splits, standardizations } from './shared/texts.ts';
import { vocabularyOf, type VocabularyOptions } from './shared/vocabulary.ts';

const kind = 'textVectorization';
type Standardize = (text: string) => string;
type Split = (text: string) => readonly string[];
const ofUser = <F>() => z.custom<F>((given) => typeof given === 'function', 'must be one by name, or a function of a text');

const options = z.strictObject({
  ...vocabularyOptions,
  standardize: z.union([z.enum(['lowerAndStripPunctuation', 'lower', 'stripPunctuation']), ofUser<Standardize>()]).nullable().default('lowerAndStripPunctuation'),
  split: z.union([z.enum(['whitespace', 'character']), ofUser<Split>()]).nullable().default('whitespace'),
  ngrams: z.union([z.int().positive(), z.array(z.int().positive()).min(1)]).nullable().default(null),
  outputMode: z.enum(lookupModes).exclude(['oneHot']).default('int'),
  outputSequenceLength: z.int().positive().nullable().default(null),
  vocabulary: z.array(z.string()).min(1).nullable().default(null),
});
type Options = z.output<typeof options>;

/** The same vocabulary as long as the options are, since what is made of it is kept by them. */
const lookups = new WeakMap<object, VocabularyOptions<string>>();
function lookupOf(given: Options): VocabularyOptions<string> {
  const known = lookups.get(given);
  if (known && known.vocabulary === given.vocabulary) return known;
  const { vocabulary, idfWeights, maxTokens, padToMaxTokens, outputMode } = given;
  const lookup = { vocabulary, idfWeights, maxTokens, padToMaxTokens, outputMode, numOovIndices: 1, maskToken: '', oovToken: '[UNK]' };
  lookups.set(given, lookup);
  return lookup;
}

/** Tokens of one example: of its text, or of its words where they are not split any more. */
function tokensOf(texts: readonly string[], { standardize, split, ngrams }: Options): readonly string[] {
  const plain = standardize === null ? texts : texts.map(typeof standardize === 'string' ? standardizations[standardize] : (text) => standardize(text));
  const tokens = split === null ? plain : plain.flatMap(typeof split === 'string' ? splits[split] : (text) => split(text));
  if (ngrams === null) return tokens;
  return ngramsOf(tokens, typeof ngrams === 'number' ? Array.from({ length: ngrams }, (_, i) => i + 1) : ngrams);
}

function checkInput({ split, outputMode, outputSequenceLength }: Options, input: Shape): void {
  const fits = split === null ? input.length === 1 : input.length === 0 || (input.length === 1 && input[0] === 1);
  if (!fits) throw new ModelError(kind, `takes ${split === null ? 'a list of words' : 'one text'} for each example, ${split === null ? '[words]' : '[1]'}, but here one example is ${show(input)}${split === null ? '' : '; with split: null it takes words'}`);
  if (outputMode !== 'int' && outputSequenceLength !== null) throw new ModelError(kind, `gives one vector for a text with outputMode "${outputMode}", which has no length; leave outputSequenceLength out`);
}

/** Rows of numbers, cut or filled up with zeros to one length. */
function sequences(rows: readonly (readonly number[])[], length: number | null): Tensor {
  const width = length ?? Math.max(0, ...rows.map((row) => row.length));
  const out = new Int32Array(rows.length * width);
  rows.forEach((row, i) => out.set(row.slice(0, width), i * width));
  return tf.tensor(out, [rows.length, width], 'int32');
}

/**
 * Texts to numbers: `[1]` of strings → `[outputSequenceLength]` of int32, 0 where a text has ended and 1 for what is not in the vocabulary; or one vector
 * of an entry a token (`multiHot`, `count`, `tfIdf`). Texts are standardized, split, and joined to n-grams on the way. The vocabulary is given, or learnt by
 * `adapt(texts)`. Without `outputSequenceLength`, a batch is as wide as its longest text. Runs on the host.
 */
export const textVectorization = defineAdaptable({
  kind,
  keras: {
    name: 'TextVectorization', ignore: ignored, read: utf8Only,
    arrays: (given) => Object.fromEntries(Object.entries(idfArray(kind, lookupOf(given as Options) as never))
      // Keras keeps them twice: for itself, and for the lookup that it holds.
      .flatMap(([path, array]) => [[path, array], [`_lookup_layer/${path}`, array]])),
  },
  options,
  integers: true,
  build(given, input, { dtype }) {
    refuseNumbers(kind, dtype);
    checkInput(given, input);
    const { outputMode, outputSequenceLength } = given;
    return outputMode === 'int' ? { output: sized(outputSequenceLength), dtype: 'int32' } : { output: sized(vocabularyOf(kind, lookupOf(given)).depth) };
  },
  call(x, { options: given }) {
    const texts = x.dataSync<'string'>() as unknown as readonly string[];
    const { numberOf, depth, factors } = vocabularyOf(kind, lookupOf(given));
    const [examples, words = 1] = x.shape as [number, number?];
    const rows = Array.from({ length: examples }, (_, i) => tokensOf(texts.slice(i * words, (i + 1) * words), given).map(numberOf));
    if (given.outputMode === 'int') return sequences(rows, given.outputSequenceLength);
    const width = Math.max(0, ...rows.map((row) => row.length));
    const numbers = new Int32Array(examples * width).fill(-1);
    rows.forEach((row, i) => numbers.set(row, i * width));
    return categories({ numbers, shape: [examples, width] }, { mode: given.outputMode, depth, factors });
  },
  adapt(given, where) {
    const { see, learnt } = learnVocabulary(lookupOf(given), where, ({ data }) => tokensOf(data as readonly string[], given));
    return { see, learnt: () => ({ options: learnt().options as Partial<Options> }) };
  },
  methods: (given) => vocabularyMethods(kind, () => lookupOf(given)),
});
