/** How often tokens occur: what a vocabulary is learnt from. */
import { ModelError } from '../../src/core/errors.ts';
import type { VocabularyOptions } from './vocabulary.ts';

/** By code points, which is the order of their bytes in UTF-8; JavaScript's own order has characters beyond 16 bits elsewhere. */
function compareTexts(a: string, b: string): number {
  const [x, y] = [Array.from(a, (c) => c.codePointAt(0)!), Array.from(b, (c) => c.codePointAt(0)!)];
  const at = x.findIndex((point, i) => point !== y[i]);
  return at < 0 || at >= y.length ? x.length - y.length : x[at]! - y[at]!;
}

const compare = (a: string | number, b: string | number) => (typeof a === 'string' ? compareTexts(a, b as string) : a - (b as number));

export class TokenCounts<T extends string | number> {
  readonly #counts = new Map<T, number>();
  /** In how many examples a token occurs. */
  readonly #documents = new Map<T, number>();
  #examples = 0;

  /** Takes in the tokens of one example. */
  add(tokens: readonly T[]): void {
    this.#examples++;
    for (const token of tokens) this.#counts.set(token, (this.#counts.get(token) ?? 0) + 1);
    for (const token of new Set(tokens)) this.#documents.set(token, (this.#documents.get(token) ?? 0) + 1);
  }

  /** The most frequent tokens; among equally frequent ones those last in order come first, as in Keras. */
  vocabulary(where: string, { maskToken, oovToken, outputMode, numOovIndices, maxTokens }: VocabularyOptions<T>): { readonly vocabulary: readonly T[]; readonly idfWeights: readonly number[] | null } {
    const room = maxTokens === null ? Infinity : maxTokens - numOovIndices - (maskToken !== null && outputMode === 'int' ? 1 : 0);
    const vocabulary = [...this.#counts].filter(([token]) => token !== maskToken && token !== oovToken)
      .sort(([a, n], [b, m]) => m - n || compare(b, a)).slice(0, Math.max(0, room)).map(([token]) => token);
    if (vocabulary.length === 0) throw new ModelError(where, 'there are no tokens to learn from; give other data, or a larger maxTokens');
    const idf = (token: T) => Math.log(1 + this.#examples / (1 + this.#documents.get(token)!));
    return { vocabulary, idfWeights: outputMode === 'tfIdf' ? vocabulary.map(idf) : null };
  }
}
