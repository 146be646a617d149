/** The places where data goes into a model and comes out of it, and what was given for each. */
import { didYouMean, inWords, ModelError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { DType } from '../core/symbolic.ts';
import type { Structure, Structured } from '../model/structure.ts';
import type { ArrayData } from './data.ts';

/** Data for all inputs, or all outputs: one array, a list or a record of them. */
export type Data = Structured<ArrayData>;

/** One place where data goes in. */
export interface Port {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Fixed by `input({ batchSize })`, else `null`. */
  readonly batchSize: number | null;
  /** Where its numbers choose: what from, and for which layer. */
  readonly choices?: { readonly count: number; readonly layer: string } | undefined;
}

interface Places<T> {
  readonly names: readonly string[];
  readonly structure: Structure;
  readonly isOne: (value: unknown) => value is T;
  /** Whether a place must have something; all must, if not said. */
  readonly needed?: (place: number) => boolean;
}

const absent = (value: unknown): value is undefined | null => value === undefined || value === null;

/** Whether this is one thing for each of several places; nested arrays in a list are ones each. */
export const isListFor = (given: unknown, names: readonly string[], isOne: (value: unknown) => boolean): given is readonly unknown[] =>
  names.length > 1 && Array.isArray(given) && given.length === names.length && given.every((each) => absent(each) || isOne(each));

/** Sorts what was given to the places: one thing, a list, or a record by name. */
export function toPorts<T>(where: string, given: Structured<T>, { names, structure, isOne, needed = () => true }: Places<T>): readonly (T | undefined)[] {
  const places = `${names.length} place${names.length === 1 ? '' : 's'} (${names.join(', ')})`;
  const check = (found: unknown, i: number): T | undefined => {
    if (!absent(found)) return found as T;
    if (needed(i)) throw new ModelError(where, `has no data for "${names[i]}"; expected ${names.join(', ')}`);
    return undefined;
  };
  if (isListFor(given, names, isOne)) return given.map(check);
  if (isOne(given)) {
    const wanted = names.map((_, i) => needed(i));
    if (names.length === 1 || wanted.filter(Boolean).length === 1) return wanted.map((mine) => (mine || names.length === 1 ? given : undefined));
    throw new ModelError(where, `must have data for ${places}, got one array; give a list or a record`);
  }
  if (Array.isArray(given)) {
    if (given.length === names.length) return (given as readonly unknown[]).map(check);
    throw new ModelError(where, `must have data for ${places}, got a list of ${given.length}`);
  }
  if (typeof given === 'function') throw new ModelError(where, `must be data, got ${inWords(given)}; if it makes batches, call it`);
  if (typeof given !== 'object' || given === null) throw new ModelError(where, `must be data, got ${inWords(given)}`);
  if (Symbol.iterator in given || Symbol.asyncIterator in given) throw new ModelError(where, 'must be data, got an iterable; fit and evaluate take iterables of batches, elsewhere hand over one batch at a time');
  const record = given as Readonly<Record<string, T>>;
  const keys = structure.kind === 'record' ? structure.keys : names;
  const unknown = Object.keys(record).find((key) => !keys.includes(key) && !names.includes(key));
  if (unknown !== undefined) throw new ModelError(where, `has data for "${unknown}", which is not a place of this model${didYouMean(unknown, keys)}`);
  return keys.map((key, i) => check(record[key] ?? record[names[i]!], i));
}
