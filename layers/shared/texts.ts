/** From texts to tokens. */
import { ModelError } from '../../src/core/errors.ts';
import type { DType } from '../../src/core/symbolic.ts';

export const refuseNumbers = (where: string, dtype: DType): void => {
  if (dtype !== 'string') throw new ModelError(where, `takes texts, but its input is of dtype ${dtype}; take input({ shape, dtype: 'string' })`);
};

// As in TensorFlow, only the letters of ASCII become small: 'É' stays.
const lower = (text: string) => text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
const strip = (text: string) => text.replaceAll(/[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~']/g, '');

export const standardizations = { lowerAndStripPunctuation: (text: string) => strip(lower(text)), lower, stripPunctuation: strip };

/** `whitespace` is that of ASCII: a no-break space is part of a word. */
export const splits = {
  whitespace: (text: string): readonly string[] => text.split(/[ \t\n\v\f\r]+/).filter((word) => word !== ''),
  character: (text: string): readonly string[] => Array.from(text),
};

/** Runs of so many tokens, joined by spaces; of each number in turn. */
export const ngramsOf = (tokens: readonly string[], lengths: readonly number[]): readonly string[] =>
  lengths.flatMap((n) => Array.from({ length: Math.max(0, tokens.length - n + 1) }, (_, i) => tokens.slice(i, i + n).join(' ')));
