/** Data of all inputs, outputs and weights of a model, checked, and cut into batches. */
import type { NdArray } from '../core/array.ts';
import { didYouMean, inWords, ModelError } from '../core/errors.ts';
import type { DType } from '../core/symbolic.ts';
import { fits, show, size, type Shape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Structure, Structured } from '../model/structure.ts';
import { isArrayData, isTyped, refuseNaN, rowsToTensor, toHost, type ArrayData, type HostArray } from './data.ts';

export type Data = Structured<ArrayData>;

/** One place where data goes in or comes out. */
export interface Port { readonly name: string; readonly shape: Shape; readonly dtype: DType }

export interface Dataset {
  readonly x: readonly HostArray[];
  readonly y: readonly HostArray[];
  /** One number for each example, or for each of its steps; for each output. */
  readonly weights: readonly (HostArray | undefined)[];
  readonly length: number;
}

/** One batch as tensors. */
export interface Batch {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  readonly weights: readonly (Tensor | undefined)[];
  readonly size: number;
}

/** Sorts what was given to the ports: one array, a list, or a record by name. */
export function toPorts<T>(where: string, given: Structured<T>, names: readonly string[], structure: Structure, isOne: (value: unknown) => value is T): readonly T[] {
  if (isOne(given)) {
    if (names.length === 1) return [given];
    throw new ModelError(where, `must have data for ${names.length} places (${names.join(', ')}), got one array; give a list or a record`);
  }
  if (Array.isArray(given)) {
    if (given.length === names.length) return given as readonly T[];
    throw new ModelError(where, `must have data for ${names.length} place${names.length === 1 ? '' : 's'} (${names.join(', ')}), got a list of ${given.length}`);
  }
  if (typeof given !== 'object' || given === null) throw new ModelError(where, `must be data, got ${inWords(given)}`);
  const record = given as Readonly<Record<string, T>>;
  const keys = structure.kind === 'record' ? structure.keys : names;
  const unknown = Object.keys(record).find((key) => !keys.includes(key) && !names.includes(key));
  if (unknown !== undefined) throw new ModelError(where, `has data for "${unknown}", which is not a place of this model${didYouMean(unknown, keys)}`);
  return keys.map((key, i) => {
    const found = record[key] ?? record[names[i]!];
    if (found === undefined) throw new ModelError(where, `has no data for "${key}"; expected ${keys.join(', ')}`);
    return found;
  });
}

/** An axis of size 1 that a list of numbers lacks: `[n]` for a port of shape `[1]`. */
const widened = (array: HostArray, port: Shape): HostArray =>
  array.shape.length === 1 && port.length === 1 && size(port) === 1 ? { ...array, shape: [...array.shape, 1] } : array;

/** Inputs on the host, checked against the model's. */
export function readInputs(where: string, given: Data, ports: readonly Port[], structure: Structure): readonly HostArray[] {
  const arrays = toPorts(where, given, ports.map(({ name }) => name), structure, isArrayData);
  const named = (i: number) => (ports.length > 1 ? `${where} "${ports[i]!.name}"` : where);
  const hosts = arrays.map((array, i) => widened(toHost(named(i), array), ports[i]!.shape));
  hosts.forEach((host, i) => {
    const { shape } = ports[i]!;
    if (host.shape.length === 0 || host.shape[0] === 0) throw new ModelError(named(i), 'is empty; give at least one example');
    if (!fits(shape, host.shape.slice(1))) {
      const missing = fits(shape, host.shape) ? `; for one example, wrap it in a list of one: [x]` : '';
      throw new ModelError(named(i), `must have examples of shape ${show(shape)}, got ${show(host.shape.slice(1))}${missing}`);
    }
    refuseNaN(named(i), host);
  });
  hosts.forEach((host, i) => {
    if (host.shape[0] !== hosts[0]!.shape[0]) throw new ModelError(where, `must have as many examples everywhere: "${ports[0]!.name}" has ${hosts[0]!.shape[0]}, "${ports[i]!.name}" has ${host.shape[0]}`);
  });
  return hosts;
}

/** Targets on the host; their shapes are the losses' to check. */
export function readTargets(where: string, given: Data | undefined, names: readonly string[], structure: Structure, examples: number): readonly HostArray[] {
  if (given === undefined) throw new ModelError(where, 'is missing: give the targets to learn');
  return toPorts(where, given, names, structure, isArrayData).map((array, i) => {
    const named = names.length > 1 ? `${where} "${names[i]}"` : where;
    const host = toHost(named, array);
    if (host.shape[0] !== examples) throw new ModelError(named, `must have as many examples as x: x has ${examples}, y has ${host.shape[0] ?? 'none'}`);
    refuseNaN(named, host);
    return host;
  });
}

export type ClassWeight = Readonly<Record<string | number, number>>;

/** The class of each example: whole-number labels, or the largest of a row. */
function classesOf({ data, shape }: HostArray): ArrayLike<number> {
  const numbers = data as NdArray['data'];
  const width = shape.slice(1).reduce((a, b) => a * b, 1);
  if (width === 1) return numbers;
  return Array.from({ length: shape[0]! }, (_, row) => {
    let best = 0;
    for (let i = 1; i < width; i++) if (numbers[row * width + i]! > numbers[row * width + best]!) best = i;
    return best;
  });
}

/** Sample weights for each output, class weights worked in. */
export function readWeights(
  where: string, { sampleWeight, classWeight }: { sampleWeight?: Data | undefined; classWeight?: ClassWeight | undefined },
  y: readonly HostArray[], names: readonly string[], structure: Structure,
): readonly (HostArray | undefined)[] {
  const examples = y[0]?.shape[0] ?? 0;
  const one = sampleWeight !== undefined && isArrayData(sampleWeight) && names.length > 1;
  const given = sampleWeight === undefined ? undefined
    // One list for several outputs weights them all.
    : one ? names.map(() => sampleWeight as ArrayData) : toPorts(`${where}: sampleWeight`, sampleWeight as Structured<ArrayData>, names, structure, isArrayData);
  return names.map((_, i) => {
    const host = given?.[i] === undefined ? undefined : toHost(`${where}: sampleWeight`, given[i]);
    if (host && host.shape[0] !== examples) throw new ModelError(`${where}: sampleWeight`, `must have one weight for each of the ${examples} examples, got ${host.shape[0]}`);
    if (host) refuseNaN(`${where}: sampleWeight`, host);
    if (!classWeight) return host;
    if (names.length > 1) throw new ModelError(`${where}: classWeight`, 'goes with models of one output; use sampleWeight, by output');
    const classes = classesOf(y[i]!);
    if (classes.length !== examples) throw new ModelError(`${where}: classWeight`, `needs one class for each example, but y has shape ${show(y[i]!.shape)}; use sampleWeight`);
    const weights = Float32Array.from(classes, (label) => classWeight[label] ?? 1);
    if (!host) return { data: weights, shape: [examples] };
    const per = host.shape.slice(1).reduce((a, b) => a * b, 1);
    return { data: Float32Array.from(host.data as NdArray['data'], (w, at) => w * weights[Math.floor(at / per)]!), shape: host.shape };
  });
}

/** Examples `from` to `to`. */
export function sliceDataset(data: Dataset, from: number, to: number): Dataset {
  const cut = <T extends HostArray | undefined>(array: T): T => {
    if (!array) return array;
    const width = array.shape.slice(1).reduce((a, b) => a * b, 1);
    const part = isTyped(array.data) ? array.data.subarray(from * width, to * width) : array.data.slice(from * width, to * width);
    return { data: part, shape: [to - from, ...array.shape.slice(1)] } as unknown as T;
  };
  return { x: data.x.map(cut), y: data.y.map(cut), weights: data.weights.map(cut), length: to - from };
}

/** Integer targets stay float32: losses compare or cast them as they need. */
export const takeBatch = ({ x, y, weights }: Dataset, rows: ArrayLike<number>, ports: readonly Port[]): Batch => ({
  x: x.map((array, i) => rowsToTensor(array, rows, ports[i]!.dtype)),
  y: y.map((array) => rowsToTensor(array, rows, 'float32')),
  weights: weights.map((array) => array && rowsToTensor(array, rows, 'float32')),
  size: rows.length,
});
