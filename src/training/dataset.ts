/** Data of all inputs and outputs of a model, checked, and cut into batches. */
import { ModelError } from '../core/errors.ts';
import { fits, show, size, type Shape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Structure } from '../model/structure.ts';
import { fromRows, isArrayData, isTyped, placeOf, readNumbers, refuseNaN, rowsToTensor, toHost, type HostArray } from './data.ts';
import { toPorts, type Data, type Port } from './ports.ts';

export type { Data, Port };

export interface Dataset {
  readonly x: readonly HostArray[];
  /** Of outputs that nothing compares, none. */
  readonly y: readonly (HostArray | undefined)[];
  /** One number for each example, or for each of its steps; for each output. */
  readonly weights: readonly (HostArray | undefined)[];
  readonly length: number;
}

/** One batch as tensors. */
export interface Batch {
  readonly x: readonly Tensor[];
  readonly y: readonly (Tensor | undefined)[];
  readonly weights: readonly (Tensor | undefined)[];
  readonly size: number;
}

/** An axis of size 1 that a list of numbers lacks: `[n]` for a port of shape `[1]`. */
const widened = (array: HostArray, port: Shape): HostArray =>
  array.shape.length === 1 && port.length === 1 && size(port) === 1 ? { ...array, shape: [...array.shape, 1] } : array;

/** Numbers with a fraction are cut off, as the layer does it. */
function checkChoices(where: string, { data, shape }: HostArray, { count, layer }: NonNullable<Port['choices']>): void {
  if (!isTyped(data)) return;
  for (let i = 0; i < data.length; i++) {
    const n = data[i]!;
    if (n > -1 && n < count) continue;
    throw new ModelError(where, `must hold whole numbers from 0 to ${count - 1}, as ${layer} takes them, got ${n} at ${placeOf(i, shape)}`);
  }
}

function checkInput(where: string, host: HostArray, { shape, dtype, choices }: Port): void {
  if (host.shape.length === 0 || host.shape[0] === 0) throw new ModelError(where, 'is empty; give at least one example');
  if (!fits(shape, host.shape.slice(1))) {
    const remedy = fits(shape, host.shape) ? '; for one example, wrap it in a list of one: [x]'
      : isTyped(host.data) && host.shape.length === 1 ? `; say how they are laid out: { data, shape: ${show([null, ...shape]).replace('?', 'examples')} }` : '';
    throw new ModelError(where, `must have examples of shape ${show(shape)}, got ${host.shape.length === 1 ? 'single numbers' : show(host.shape.slice(1))}${remedy}`);
  }
  if (isTyped(host.data) === (dtype === 'string')) throw new ModelError(where, `must hold ${dtype === 'string' ? 'strings' : 'numbers'}, got ${JSON.stringify(host.data[0])} at ${placeOf(0, host.shape)}${dtype === 'string' ? '' : '; encode words as numbers first'}`);
  refuseNaN(where, host);
  if (choices) checkChoices(where, host, choices);
  if (dtype !== 'int32' || !(host.data instanceof Float32Array || host.data instanceof Float64Array)) return;
  const at = host.data.findIndex((n) => !Number.isInteger(n));
  if (at >= 0) throw new ModelError(where, `must hold whole numbers, as its input is of dtype int32, got ${host.data[at]} at ${placeOf(at, host.shape)}`);
}

/** Inputs on the host, checked against the model's. */
export function readInputs(where: string, given: Data, ports: readonly Port[], structure: Structure): readonly HostArray[] {
  const rows = ports.length === 1 ? fromRows(where, given, ports[0]!.shape) : undefined;
  const arrays = toPorts(where, rows ?? given, { names: ports.map(({ name }) => name), structure, isOne: isArrayData });
  const named = (i: number) => (ports.length > 1 ? `${where} "${ports[i]!.name}"` : where);
  const hosts = arrays.map((array, i) => widened(toHost(named(i), array!), ports[i]!.shape));
  hosts.forEach((host, i) => checkInput(named(i), host, ports[i]!));
  hosts.forEach((host, i) => {
    if (host.shape[0] !== hosts[0]!.shape[0]) throw new ModelError(where, `must have as many examples everywhere: "${ports[0]!.name}" has ${hosts[0]!.shape[0]}, "${ports[i]!.name}" has ${host.shape[0]}`);
  });
  return hosts;
}

interface Targets {
  readonly names: readonly string[];
  readonly shapes: readonly Shape[];
  readonly structure: Structure;
  /** Whether something compares an output with its targets. */
  readonly needed: (output: number) => boolean;
}

/** Targets in the rank of their output, where it is an axis of size 1 that lacks or is too many. */
function aligned<T extends { readonly shape: readonly number[] }>(target: T, output: Shape): T {
  const rank = target.shape.length - 1;
  if (rank === output.length - 1 && output.at(-1) === 1) return { ...target, shape: [...target.shape, 1] };
  if (rank === output.length + 1 && target.shape.at(-1) === 1) return { ...target, shape: target.shape.slice(0, -1) };
  return target;
}

/** Targets on the host; what else holds for their shapes is the losses' to say. */
export function readTargets(where: string, given: Data | undefined, { names, shapes, structure, needed }: Targets, examples: number) {
  if (given === undefined || given === null) {
    if (!names.some((_, i) => needed(i))) return names.map(() => undefined);
    throw new ModelError(where, 'is missing: give the targets to learn');
  }
  const rows = names.length === 1 ? fromRows(where, given, shapes[0]!) : undefined;
  return toPorts(where, rows ?? given, { names, structure, isOne: isArrayData, needed }).map((array, i) => {
    if (array === undefined || !needed(i)) return undefined;
    const named = names.length > 1 ? `${where} "${names[i]}"` : where;
    const host = readNumbers(named, array);
    if (host.shape[0] !== examples) throw new ModelError(named, `must have as many examples as x: x has ${examples}, y has ${host.shape[0] ?? 'none'}`);
    refuseNaN(named, host);
    return aligned(host, shapes[i]!);
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
  y: y.map((array) => array && rowsToTensor(array, rows, 'float32')),
  weights: weights.map((array) => array && rowsToTensor(array, rows, 'float32')),
  size: rows.length,
});

const fixedSize = (ports: readonly Port[]): number | undefined => ports.find(({ batchSize }) => batchSize !== null)?.batchSize ?? undefined;

/** Examples in a batch: as asked, else as `input({ batchSize })` fixes it, else 32. @throws ModelError if the two differ. */
export function batchSizeOf(where: string, asked: number | undefined, ports: readonly Port[]): number {
  const fixed = fixedSize(ports);
  if (fixed !== undefined && asked !== undefined && asked !== fixed) throw new ModelError(where, `batchSize is ${asked}, but the model's input fixes it to ${fixed}; leave it out`);
  return asked ?? fixed ?? 32;
}

/** @throws ModelError if so many examples do not make whole batches of the size that an input fixes. */
export function checkSize(where: string, length: number, ports: readonly Port[]): void {
  const fixed = fixedSize(ports);
  if (fixed !== undefined && length % fixed !== 0) throw new ModelError(where, `has ${length} examples, which are not whole batches of ${fixed}, the size that the model's input fixes; leave some out or fill up`);
}

/** Lets go of a batch once its step is done. */
export const disposeBatch = ({ x, y, weights }: Batch): void => {
  for (const tensor of [...x, ...y, ...weights]) tensor?.dispose();
};
