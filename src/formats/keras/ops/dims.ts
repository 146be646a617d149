/** Sizes of whole tensors, without computing them: a file can ask for tensors that fit into no memory. */
import { ModelError } from '../../../core/errors.ts';
import type { Json } from '../../../core/keras.ts';

/** One size: `null` = may vary, `batch` = the axis of examples. */
type Dim = number | null | 'batch';
export type Dims = readonly Dim[];

export const showDims = (dims: Dims): string => `[${dims.map((n) => n ?? '?').join(', ')}]`;

/** Sizes of a constant: a number, or nested lists of them. @throws ModelError for anything else */
export function dimsOfConstant(where: string, value: Json): Dims {
  if (!Array.isArray(value)) {
    if (typeof value === 'number' || typeof value === 'boolean') return [];
    throw new ModelError(where, `takes tensors and numbers, got ${JSON.stringify(value)?.slice(0, 80)}`);
  }
  const inner = value.map((each: Json) => dimsOfConstant(where, each));
  const [first = []] = inner;
  if (inner.some((each) => showDims(each) !== showDims(first))) throw new ModelError(where, 'has a constant whose lists differ in length');
  return [value.length, ...first];
}

/** Of an element-wise operation between tensors. */
export function broadcast(where: string, a: Dims, b: Dims): Dims {
  const rank = Math.max(a.length, b.length);
  const [from, to] = [a, b].map((dims) => [...Array<number>(rank - dims.length).fill(1), ...dims]);
  return from!.map((x, axis) => {
    const y = to![axis]!;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    if (x === null || y === null) return x ?? y;
    throw new ModelError(where, `cannot take tensors of ${showDims(a)} and ${showDims(b)} together`);
  });
}

/** An axis counted from the front. `slots`: how many there are. */
export function axisAt(where: string, axis: Json | undefined, slots: number): number {
  const place = typeof axis === 'number' && axis < 0 ? axis + slots : axis;
  if (Number.isInteger(place) && (place as number) >= 0 && (place as number) < slots) return place as number;
  throw new ModelError(where, `has axis ${JSON.stringify(axis)}, where there are ${slots} axes`);
}

/** The axes that an option names: one, several, or all with `null`. */
export function axesAt(where: string, axis: Json | undefined, rank: number): readonly number[] {
  if (axis === null || axis === undefined) return Array.from({ length: rank }, (_, i) => i);
  return [...new Set([axis].flat().map((each) => axisAt(where, each as Json, rank)))];
}

export function reduce(where: string, dims: Dims, axis: Json | undefined, keep: boolean): Dims {
  const gone = axesAt(where, axis, dims.length);
  return keep ? dims.map((n, i) => (gone.includes(i) ? 1 : n)) : dims.filter((_, i) => !gone.includes(i));
}

export function matmul(where: string, a: Dims, b: Dims): Dims {
  const [m, k] = a.slice(-2);
  const [l, n] = b.slice(-2);
  const fits = k === l || k === null || l === null;
  if (a.length < 2 || b.length < 2 || !fits) throw new ModelError(where, `cannot multiply ${showDims(a)} by ${showDims(b)}`);
  return [...broadcast(where, a.slice(0, -2), b.slice(0, -2)), m!, n!];
}

const product = (dims: Dims) => dims.reduce<number | null>((all, n) => (all === null || typeof n !== 'number' ? null : all * n), 1);

/** The first size of `to` is that of the batch, whichever it had when the model was made. One other may be -1. */
export function reshape(where: string, dims: Dims, to: Json | undefined): Dims {
  const valid = Array.isArray(to) && to.length > 0 && to.every((n: Json) => Number.isSafeInteger(n) && ((n as number) > 0 || n === -1));
  const [first, ...rest] = valid ? (to as number[]) : [];
  const open = rest.filter((n) => n === -1).length;
  if (!valid || dims[0] !== 'batch' || open + (first === -1 ? 1 : 0) > 1) throw new ModelError(where, `cannot give ${showDims(dims)} the shape ${JSON.stringify(to)?.slice(0, 80)}`);
  const all = product(dims.slice(1));
  const known = rest.filter((n) => n !== -1).reduce((a, n) => a * n, 1);
  const fits = all === null ? open > 0 : open > 0 ? all % known === 0 : all === known;
  if (!fits) throw new ModelError(where, `cannot give examples of ${showDims(dims.slice(1))} the shape [${rest.join(', ')}]; a reshape() layer keeps examples apart`);
  return ['batch', ...rest.map((n) => (n === -1 ? (all === null ? null : all / known) : n))];
}

export function transpose(where: string, dims: Dims, order: Json | undefined): Dims {
  const axes = order === null || order === undefined ? dims.map((_, i) => i).reverse() : axesAt(where, order, dims.length);
  if (axes.length !== dims.length) throw new ModelError(where, `has axes ${JSON.stringify(order)?.slice(0, 80)}, where there are ${dims.length}`);
  return axes.map((axis) => dims[axis]!);
}

export function squeeze(where: string, dims: Dims, axis: Json | undefined): Dims {
  const gone = axis === null || axis === undefined ? dims.flatMap((n, i) => (n === 1 ? [i] : [])) : axesAt(where, axis, dims.length);
  const wrong = gone.find((i) => dims[i] !== 1);
  if (wrong !== undefined) throw new ModelError(where, `cannot take away axis ${wrong} of ${showDims(dims)}, whose size is not 1`);
  return dims.filter((_, i) => !gone.includes(i));
}

export function expandDims(where: string, dims: Dims, axis: Json | undefined): Dims {
  const at = axisAt(where, axis, dims.length + 1);
  return [...dims.slice(0, at), 1, ...dims.slice(at)];
}

export function concat(where: string, list: readonly Dims[], axis: Json | undefined): Dims {
  const [first] = list;
  if (!first) throw new ModelError(where, 'puts no tensors together');
  const at = axisAt(where, axis ?? 0, first.length);
  const rest = (dims: Dims) => showDims(dims.filter((_, i) => i !== at));
  if (at === 0 || list.some((dims) => dims.length !== first.length || rest(dims) !== rest(first))) {
    throw new ModelError(where, `cannot put tensors of ${list.map(showDims).join(', ')} together along axis ${at}`);
  }
  const sizes = list.map((dims) => dims[at]!);
  const sum = sizes.some((n) => typeof n !== 'number') ? null : (sizes as number[]).reduce((a, n) => a + n, 0);
  return first.map((n, i) => (i === at ? sum : n));
}

export function stack(where: string, list: readonly Dims[], axis: Json | undefined): Dims {
  const [first] = list;
  if (!first || list.some((dims) => showDims(dims) !== showDims(first))) throw new ModelError(where, `cannot stack tensors of ${list.map(showDims).join(', ')}`);
  const at = axisAt(where, axis ?? 0, first.length + 1);
  return [...first.slice(0, at), list.length, ...first.slice(at)];
}
