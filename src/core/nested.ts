/** Nested arrays → numbers in row-major order. */
import { inWords, ModelError } from './errors.ts';

export type Nested = number | boolean | string | readonly Nested[];

function shapeOf(value: readonly Nested[]): number[] {
  const shape: number[] = [];
  for (let at: Nested | undefined = value; Array.isArray(at); at = (at as readonly Nested[])[0]) shape.push((at as readonly Nested[]).length);
  return shape;
}

/** Indices of the `n`-th list (or value) at a depth. */
function indices(n: number, shape: readonly number[]): string {
  const path: number[] = [];
  let rest = n;
  for (const size of [...shape].reverse()) {
    path.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return path.join(', ');
}

type Leaf = number | boolean | string;
const kindOf = (value: unknown) => (typeof value === 'string' ? 'string' : typeof value === 'number' || typeof value === 'boolean' ? 'number' : undefined);

/** Numbers and booleans become float32, strings stay. @throws ModelError for rows of different lengths, and for what is neither, saying where. */
export function fromNested(where: string, value: readonly Nested[]): { readonly data: Float32Array | readonly string[]; readonly shape: readonly number[] } {
  const shape = shapeOf(value);
  const depth = shape.length;
  const flat: Leaf[] = [];
  let wanted: 'string' | 'number' | undefined;
  const lists = shape.map(() => 0);

  const leaf = (given: unknown): void => {
    const kind = kindOf(given);
    wanted ??= kind;
    if (kind !== undefined && kind === wanted) return void flat.push(given as Leaf);
    const place = `at index ${indices(flat.length, shape)}`;
    if (Array.isArray(given)) throw new ModelError(where, `is ragged: ${place} there is a list where others have a number; give every row the same length`);
    if (given === null || given === undefined) throw new ModelError(where, `has no value ${place}, but ${String(given)}; fill in or leave out missing values`);
    throw new ModelError(where, `must hold ${wanted === 'string' ? 'strings' : 'numbers'}, but ${place} there is ${inWords(given)}`);
  };
  const walk = (given: unknown, axis: number): void => {
    if (axis === depth) return leaf(given);
    const place = axis === 0 ? '' : ` at index ${indices(lists[axis]!, shape.slice(0, axis))}`;
    if (!Array.isArray(given)) throw new ModelError(where, `is ragged:${place} there is ${given === undefined ? 'undefined' : inWords(given)} where others have a list of ${shape[axis]}; give every row the same length`);
    if (given.length !== shape[axis]) throw new ModelError(where, `is ragged: the list${place} has ${given.length} values, the first one has ${shape[axis]}; give every row the same length`);
    lists[axis]!++;
    // Not forEach, which passes over the holes of sparse arrays.
    for (let i = 0; i < given.length; i++) walk(given[i], axis + 1);
  };
  walk(value, 0);
  return { data: wanted === 'string' ? (flat as readonly string[]) : Float32Array.from(flat as number[]), shape };
}
