/** Data that are like what was checked before. */
import { mayHoldNaN } from '../core/hostArray.ts';
import type { Data } from './ports.ts';

/** The numbers of `{ data, shape }` where they are float32, of this shape, and none is NaN; `undefined` for anything else, which is to be checked and converted. */
export function numbersLike(x: Data, shape: readonly number[], length: number): Float32Array | undefined {
  if (typeof x !== 'object' || x === null) return undefined;
  const { data, shape: given } = x as { readonly data?: unknown; readonly shape?: readonly number[] };
  if (!(data instanceof Float32Array) || data.length !== length || !Array.isArray(given) || given.length !== shape.length) return undefined;
  for (let axis = 0; axis < shape.length; axis++) if (given[axis] !== shape[axis]) return undefined;
  return mayHoldNaN(data) ? undefined : data;
}
