/** Two runs at different batch sizes, laid beside one another: what differs follows the batch. */
import { ModelError } from '../../core/errors.ts';
import { tf } from '../../core/tensor.ts';
import type { Numbers, Run, RunNode, RunValue } from './record.ts';
import type { Size, TracedInput, TracedNode, TracedOutput, TracedValue } from './trace.ts';

/** A tensor of the runs; with numbers if they do not depend on inputs nor batch. */
export interface LinedUpValue extends TracedValue {
  readonly data: Numbers | undefined;
  /** The path of the weight that it is, else the layer that first used it. */
  readonly path: string | undefined;
  readonly layer: string;
}

export interface LinedUp {
  readonly values: ReadonlyMap<number, LinedUpValue>;
  readonly nodes: readonly TracedNode[];
  readonly inputs: readonly TracedInput[];
  readonly outputs: readonly TracedOutput[];
}

interface Sized { readonly run: Run; readonly size: number }

export const isFixed = (shape: readonly Size[]): shape is readonly number[] => shape.every((size) => typeof size === 'number');

/** Whether an attribute, or anything in it, follows the batch. */
export const followsBatch = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ('batch' in value || Object.values(value).some(followsBatch));

/** `data`, if along all axes where `sizes` is not 1 it holds nothing but one row again and again: that row. */
function repeatedRow(data: Numbers, shape: readonly number[], repeated: readonly boolean[]): Numbers | undefined {
  const rowShape = shape.map((size, axis) => (repeated[axis] ? 1 : size));
  const count = (sizes: readonly number[]) => sizes.reduce((product, size) => product * size, 1);
  const row = new Float64Array(count(rowShape));
  const places = (at: number, sizes: readonly number[]) => sizes.map((size, axis) => Math.floor(at / count(sizes.slice(axis + 1))) % size);
  const inRow = (at: number) => places(at, shape).reduce((sum, place, axis) => sum * rowShape[axis]! + (repeated[axis] ? 0 : place), 0);
  for (let at = data.length - 1; at >= 0; at--) row[inRow(at)] = data[at]!;
  for (let at = 0; at < data.length; at++) if (row[inRow(at)] !== data[at]) return undefined;
  return row;
}

const same = (a: Numbers, b: Numbers) => a === b || (a.length === b.length && Array.prototype.every.call(a, (each, i) => Object.is(each, b[i])));

class Comparison {
  readonly #sizes: readonly number[];
  readonly #where: string;

  constructor(sizes: readonly number[], where: string) {
    this.#sizes = sizes;
    this.#where = where;
  }

  refuse(layer: string, problem: string): never {
    throw new ModelError(this.#where, `the layer "${layer}" ${problem}, which an exported file cannot`);
  }

  size(numbers: readonly number[], layer: string): Size {
    const [a, b] = numbers;
    if (b === undefined || Object.is(a, b)) return a!;
    const [first, second] = this.#sizes as [number, number];
    if (a! % first || b % second || a! / first !== b / second) this.refuse(layer, `works with sizes that are ${a} for ${first} examples and ${b} for ${second}`);
    return { batch: a! / first };
  }

  shape(values: readonly RunValue[]): readonly Size[] {
    const [a] = values;
    if (values.some(({ shape, dtype }) => shape.length !== a!.shape.length || dtype !== a!.dtype)) this.refuse(a!.layer, 'makes tensors of other ranks or types for another number of examples');
    return a!.shape.map((_, axis) => this.size(values.map(({ shape }) => shape[axis]!), a!.layer));
  }

  attribute(given: readonly unknown[], layer: string): unknown {
    const [a] = given;
    if (given.every((each) => typeof each === 'number')) return this.size(given as readonly number[], layer);
    if (typeof a !== 'object' || a === null) {
      if (given.every((each) => each === a)) return a;
    } else if (given.every((each) => typeof each === 'object' && each !== null && Object.keys(each).join() === Object.keys(a).join())) {
      const entries = Object.keys(a).map((key) => [key, this.attribute(given.map((each) => (each as Record<string, unknown>)[key]), layer)] as const);
      return Array.isArray(a) || ArrayBuffer.isView(a) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
    }
    return this.refuse(layer, 'does other operations for another number of examples');
  }

  node(nodes: readonly RunNode[], shapeOf: (value: number) => TracedValue): TracedNode {
    const [a] = nodes;
    const { kernel, inputs, outputs, layer, attrs } = a!;
    const alike = ({ inputs, outputs, kernel }: RunNode) => JSON.stringify([kernel, inputs, outputs]);
    if (nodes.some((node) => alike(node) !== alike(a!))) this.refuse(layer, 'does other operations for another number of examples');
    return {
      kernel, layer, inputs: Object.fromEntries(inputs), outputs: outputs.map((id) => ({ id, ...shapeOf(id) })),
      attrs: this.attribute(nodes.map((node) => node.attrs), layer) as typeof attrs,
    };
  }
}

/** Operations that leave a weight's numbers as they are: it keeps its name. */
const samePath: ReadonlySet<string> = new Set([tf.Identity, tf.Reshape, tf.ExpandDims, tf.Transpose]);

/**
 * Lays runs of a network side by side: two, or one alone if it takes one batch size.
 * @throws ModelError where a layer does other things for another number of examples
 */
export function lineUp(runs: readonly Sized[], where: string): LinedUp {
  const comparison = new Comparison(runs.map(({ size }) => size), where);
  const [{ run: a }] = runs as [Sized];
  const longest = runs.map(({ run }) => run).reduce((x, y) => (y.nodes.length > x.nodes.length ? y : x));
  const values = new Map<number, LinedUpValue>();
  const nodes: TracedNode[] = [];
  const repeated = new Map<number, number>();
  let fresh = Math.max(...longest.values.keys()) + 1;

  // Tensors that no operation made: the same each time, or a row for each example.
  const given = (id: number): void => {
    const each = runs.map(({ run }) => run.values.get(id)!);
    const { dtype, data, path, layer, from } = each[0]!;
    const shape = comparison.shape(each);
    const known = { shape, dtype, path, layer };
    if (from === 'input') return void values.set(id, { ...known, data: undefined });
    if (isFixed(shape)) {
      if (each.some((value) => !same(value.data!, data!))) comparison.refuse(layer, 'works with numbers that depend on the number of examples');
      return void values.set(id, { ...known, data });
    }
    const follows = shape.map((size) => typeof size !== 'number');
    const rows = each.map((value) => repeatedRow(value.data!, value.shape, follows));
    if (rows.some((row) => !row || !same(row, rows[0]!))) comparison.refuse(layer, 'works with numbers that depend on the number of examples');
    const row = fresh++;
    values.set(row, { ...known, shape: shape.map((size) => (typeof size === 'number' ? size : 1)), data: rows[0]! });
    values.set(id, { ...known, data: undefined });
    repeated.set(id, row);
  };

  a.values.forEach(({ from }, id) => {
    if (runs.some(({ run }) => run.values.get(id)?.from !== from)) comparison.refuse(a.values.get(id)!.layer, 'does other operations for another number of examples');
    if (from !== 'operation') return given(id);
    const each = runs.map(({ run }) => run.values.get(id)!);
    const { dtype, layer } = each[0]!;
    values.set(id, { shape: comparison.shape(each), dtype, layer, path: undefined, data: undefined });
  });
  for (const [id, row] of repeated) {
    const { shape, dtype, layer } = values.get(id)!;
    nodes.push({ kernel: 'BroadcastTo', inputs: { x: row }, attrs: { shape }, outputs: [{ id, shape, dtype }], layer });
  }
  const typed = (id: number): TracedValue => {
    const { shape, dtype } = values.get(id)!;
    return { shape, dtype };
  };
  longest.nodes.forEach((node, i) => {
    const each = runs.map(({ run }) => run.nodes[i]);
    if (each.includes(undefined)) comparison.refuse(node.layer, 'does other operations for another number of examples');
    const linedUp = comparison.node(each as readonly RunNode[], typed);
    nodes.push(linedUp);
    // On fixed numbers alone: the results are fixed numbers too.
    if (isRandom(node.kernel) || followsBatch(linedUp.attrs) || node.inputs.some(([, id]) => values.get(id)!.data === undefined)) return;
    const path = samePath.has(node.kernel) ? values.get(node.inputs[0]![1])!.path : undefined;
    for (const id of node.outputs) values.set(id, { ...values.get(id)!, path, data: a.values.get(id)!.data });
  });
  const end = (each: readonly { readonly name: string; readonly value: number }[]): readonly TracedInput[] => each.map(({ name, value }) => ({ name, id: value, ...typed(value) }));
  return { values, nodes, inputs: end(a.inputs), outputs: end(a.outputs) };
}

/** A draw is another each time. */
export const isRandom = (kernel: string) => /Random|Multinomial/.test(kernel);
