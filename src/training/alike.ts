/** Data that are like what was checked before. */
import { mayHoldNaN } from '../core/hostArray.ts';
import type { Data } from './ports.ts';

/** Writes lists in lists of numbers, of this shape from an axis on; where they end, or -1 if they are anything else. */
function write(lists: unknown, shape: readonly number[], axis: number, into: Float32Array, start: number): number {
  if (!Array.isArray(lists) || lists.length !== shape[axis]) return -1;
  let at = start;
  for (let i = 0; i < lists.length && at >= 0; i++) {
    const each: unknown = lists[i];
    if (axis < shape.length - 1) at = write(each, shape, axis + 1, into, at);
    else if (typeof each === 'number') into[at++] = each;
    else return -1;
  }
  return at;
}

function read(x: Data, shape: readonly number[], length: number): Float32Array | undefined {
  if (typeof x !== 'object' || x === null) return undefined;
  if (Array.isArray(x)) {
    const numbers = new Float32Array(length);
    return write(x, shape, 0, numbers, 0) < 0 ? undefined : numbers;
  }
  const { data, shape: given } = x as { readonly data?: unknown; readonly shape?: readonly number[] };
  if (!(data instanceof Float32Array) || data.length !== length || !Array.isArray(given) || given.length !== shape.length) return undefined;
  for (let axis = 0; axis < shape.length; axis++) if (given[axis] !== shape[axis]) return undefined;
  return data;
}

/**
 * The numbers of nested arrays, or of `{ data, shape }` where they are float32, if they are of this shape and none is NaN; `undefined` for anything else, which is
 * to be checked and converted.
 */
export function numbersLike(x: Data, shape: readonly number[], length: number): Float32Array | undefined {
  const numbers = read(x, shape, length);
  return numbers === undefined || mayHoldNaN(numbers) ? undefined : numbers;
}
