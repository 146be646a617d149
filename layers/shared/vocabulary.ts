/** A vocabulary: tokens and their numbers, as Keras counts them: the mask, then tokens that are not in it, then its own. */
import { inWords, ModelError } from '../../src/core/errors.ts';
import { binOf, type Salt } from './hash.ts';
import type { HostMode } from './hostCategories.ts';

export interface VocabularyOptions<T> {
  readonly vocabulary: readonly T[] | null;
  readonly idfWeights: readonly number[] | null;
  readonly maxTokens: number | null;
  readonly numOovIndices: number;
  readonly maskToken: T | null;
  readonly oovToken: T;
  readonly outputMode: HostMode;
  readonly padToMaxTokens: boolean;
  readonly invert?: boolean;
  readonly salt?: Salt | null;
  readonly oovMethod?: 'floormod' | 'farmhash';
}

export interface Vocabulary<T> {
  /** Entries of a vector that has one for each token. */
  readonly depth: number;
  /** With the mask and the tokens for what is not in it. */
  readonly all: readonly T[];
  /** How many of these there are before its own. */
  readonly first: number;
  /** For each entry, what a count of it is multiplied by. */
  readonly factors: readonly number[] | undefined;
  /** The number of a token; −1 for a mask that is to be dropped. @throws ModelError for a token that has none. */
  numberOf(token: T): number;
  tokenOf(number: number): T;
}

const made = new WeakMap<object, { readonly of: unknown; readonly vocabulary: Vocabulary<never> }>();

/** The vocabulary that options describe. @throws ModelError if there is none, or it cannot be one. */
export function vocabularyOf<T extends string | number>(where: string, options: VocabularyOptions<T>): Vocabulary<T> {
  const known = made.get(options);
  if (known && known.of === options.vocabulary) return known.vocabulary as unknown as Vocabulary<T>;
  const vocabulary = make(where, options);
  made.set(options, { of: options.vocabulary, vocabulary: vocabulary as never });
  return vocabulary;
}

const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

function make<T extends string | number>(where: string, options: VocabularyOptions<T>): Vocabulary<T> {
  const { vocabulary, idfWeights, maxTokens, numOovIndices, maskToken, oovToken, outputMode, padToMaxTokens, invert = false, salt, oovMethod } = options;
  if (!vocabulary) throw new ModelError(where, 'has no vocabulary yet; call adapt(data), or give one as `vocabulary`');
  if (invert && outputMode !== 'int') throw new ModelError(where, `gives tokens with \`invert\`, and so has no outputMode "${outputMode}"; leave it out`);
  if (padToMaxTokens && maxTokens === null) throw new ModelError(where, 'needs `maxTokens` for padToMaxTokens');
  const masked = maskToken !== null && outputMode === 'int';
  const special = [...(masked ? [maskToken] : []), ...Array<T>(numOovIndices).fill(oovToken)];
  const whole = special.every((token, i) => vocabulary[i] === token);
  const tokens = whole ? vocabulary.slice(special.length) : vocabulary;
  const first = special.length;
  const numbers = new Map(tokens.map((token, i) => [token, first + i]));
  if (numbers.size < tokens.length) throw new ModelError(where, `has ${inWords(tokens.find((token, i) => numbers.get(token) !== first + i))} in its vocabulary twice; give each token once`);
  for (const token of [maskToken, ...(invert ? [oovToken] : [])]) {
    if (token !== null && numbers.has(token)) throw new ModelError(where, `has ${inWords(token)} within its vocabulary, which stands for ${token === maskToken ? 'what is masked' : 'what is not in it'}; leave it out, or begin with ${inWords(special)}`);
  }
  const count = first + tokens.length;
  if (maxTokens !== null && count > maxTokens) throw new ModelError(where, `has ${count} tokens with those for masks and unknown ones, more than its maxTokens ${maxTokens}`);
  if (outputMode === 'tfIdf' && idfWeights?.length !== vocabulary.length) {
    throw new ModelError(where, `needs one of \`idfWeights\` for each of the ${vocabulary.length} tokens of its vocabulary, got ${idfWeights?.length ?? 'none'}; adapt(data) learns both`);
  }

  const unknown = (token: T): number => {
    if (numOovIndices === 1) return 0;
    if (typeof token === 'number' && oovMethod !== 'farmhash') return ((token % numOovIndices) + numOovIndices) % numOovIndices;
    return binOf(String(token), numOovIndices, salt);
  };
  return {
    depth: padToMaxTokens ? maxTokens! : count,
    all: [...special, ...tokens], first,
    // What is not in the vocabulary is weighted like its average token.
    factors: outputMode !== 'tfIdf' ? undefined : whole ? idfWeights! : [...Array<number>(first).fill(mean(idfWeights!)), ...idfWeights!],
    numberOf(token) {
      if (token === maskToken) return masked ? 0 : -1;
      const found = numbers.get(token);
      if (found !== undefined) return found;
      if (numOovIndices === 0) throw new ModelError(where, `met ${inWords(token)}, which is not in its vocabulary, and numOovIndices is 0; take numOovIndices: 1 for such tokens`);
      return (masked ? 1 : 0) + unknown(token);
    },
    tokenOf: (number) => (masked && number === 0 ? maskToken : tokens[number - first] ?? oovToken),
  };
}
