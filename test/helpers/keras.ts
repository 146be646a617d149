/** Reads cases that the real Keras made; they lie outside of the repository, and tests that want them skip where they are absent. */
import { existsSync, readFileSync } from 'node:fs';
import { tf, type Tensor } from '../../src/core/tensor.ts';

const folder = process.env.IBEX_KERAS_CASES ?? new URL('../../../shared/reference/', import.meta.url).pathname;

export interface Encoded { readonly shape: number[]; readonly dtype: 'float32' | 'int32' | 'bool'; readonly data: string }

/** The file's JSON, or `undefined` with a word on why its tests are skipped. */
export function kerasCases<T>(file: string): T | undefined {
  const path = `${folder.replace(/\/$/, '')}/${file}`;
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as T;
  console.warn(`skipped: Keras's numbers (${file}) are not on this machine`);
  return undefined;
}

export function numbersOf({ dtype, data }: Encoded): number[] {
  const bytes = Buffer.from(data, 'base64');
  if (dtype === 'bool') return [...bytes];
  const copy = new Uint8Array(bytes).buffer;
  return [...(dtype === 'int32' ? new Int32Array(copy) : new Float32Array(copy))];
}

export const tensorOf = (encoded: Encoded): Tensor => tf.tensor(numbersOf(encoded), encoded.shape, encoded.dtype);

const camel = (name: string) => name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** A Keras config in our option names, without `name` and `dtype`; enum values in camelCase, too. */
export const optionsOf = (config: Record<string, unknown>, rename: Readonly<Record<string, string>> = {}): Record<string, unknown> => {
  const back = Object.fromEntries(Object.entries(rename).map(([ours, theirs]) => [theirs, ours]));
  return Object.fromEntries(Object.entries(config)
    .filter(([key]) => key !== 'name' && key !== 'dtype')
    .map(([key, value]) => [back[key] ?? camel(key), typeof value === 'string' ? camel(value) : value]));
};
