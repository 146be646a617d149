/**
 * What a model computes when it predicts, as a graph of tfjs's operations: what files for other programs are written from.
 * The model runs once at each of two batch sizes; where the two runs differ, sizes follow the batch.
 */
import { ModelError } from '../../core/errors.ts';
import type { Model } from '../../model/model.ts';
import { portsOf } from '../../model/network.ts';
import { onPortable, preparePortable } from '../../runtime/portable.ts';
import { fuseless } from './fused.ts';
import { lineUp, type LinedUp } from './lineUp.ts';
import { record } from './record.ts';
import { withSequences } from './sequences.ts';
import { simplify } from './simplify.ts';

/** A number of elements: one that is always the same, or a multiple of the batch size. */
export type Size = number | { readonly batch: number };

/** Identifies a tensor of a trace. */
export type ValueId = number;

export type TracedType = 'float32' | 'int32' | 'bool';

/** What is known of a tensor of a trace. */
export interface TracedValue { readonly shape: readonly Size[]; readonly dtype: TracedType }

/** Where data comes in, by the name that the model has for it. */
export interface TracedInput extends TracedValue { readonly name: string; readonly id: ValueId }

/** Where a prediction comes out, by the name that the model has for it. It may be an input or a constant itself. */
export interface TracedOutput extends TracedValue { readonly name: string; readonly id: ValueId }

export interface TracedConstant {
  readonly shape: readonly number[];
  readonly dtype: TracedType;
  /** In row-major order. */
  readonly data: Float32Array | Int32Array | Uint8Array;
  /** `dense/kernel`, for a weight as it is, be it in another shape; else of the layer that uses it: `dense/constant`. Several may have one name. */
  readonly name: string;
}

/** One operation: a kernel of tfjs-core, with its inputs and attributes as tfjs-core declares them (`BatchMatMulInputs`, `BatchMatMulAttrs`). */
export interface TracedNode {
  readonly kernel: string;
  /** By the kernel's names, in its order; those of a kernel that takes a list are `0`, `1`… */
  readonly inputs: Readonly<Record<string, ValueId>>;
  readonly outputs: readonly (TracedValue & { readonly id: ValueId })[];
  /** Where a size follows the batch, a `Size` stands for the number. */
  readonly attrs: Readonly<Record<string, unknown>>;
  /** The layer that asked for it. */
  readonly layer: string;
}

/**
 * A model's predictions as operations, each after those whose results it takes; none without use. Operations on constants alone are
 * done, and fused ones taken apart, so that an exporter meets none of `Identity`, `_FusedMatMul`, `FusedConv2D`, `FusedDepthwiseConv2D`.
 */
export interface Trace {
  readonly inputs: readonly TracedInput[];
  readonly outputs: readonly TracedOutput[];
  readonly nodes: readonly TracedNode[];
  readonly constants: ReadonlyMap<ValueId, TracedConstant>;
  /** Shape and type of every tensor: inputs, constants and results. */
  readonly values: ReadonlyMap<ValueId, TracedValue>;
}

/** Two numbers that are no size in the model: one that was would be taken for the batch, or let the model take another way. */
function batchSizes(model: Model): readonly [number, number] {
  const { graph, variables } = model.network;
  const taken = new Set([...graph.nodes.flatMap(({ outputs }) => outputs.flatMap(({ shape }) => shape)), ...variables.flatMap(({ spec }) => spec.shape)]);
  const [first, second] = [3, 5, 7, 11, 13, 17, 19, 23, 29, 31].filter((size) => !taken.has(size));
  return [first ?? 37, second ?? 41];
}

/** @throws ModelError for inputs that no size is known of, or that are no numbers */
function checkInputs(model: Model, where: string): void {
  for (const { name, shape, dtype } of portsOf(model.network)) {
    if (dtype === 'string') throw new ModelError(where, `the input "${name}" takes strings, and only numbers can be exported; cut the model behind the layers that turn them into numbers`);
    if (shape.some((size) => size === null)) throw new ModelError(where, `the input "${name}" has an axis of any size, [${shape.map((n) => n ?? '?').join(', ')}], and only the number of examples can be left open; make the model with input({ shape }) of fixed sizes`);
  }
}

/**
 * Traces a model's predictions. Runs on any engine.
 * @param where - who asks, for errors: `export: titanic`
 * @param sequences - whether recurrent layers of the usual kind may be one operation each (`LSTMSequence`; src/core/sequence.ts), and not one after the other for each step
 * @throws ModelError for what no file can tell: layers that read numbers on the host, draw or remember, and inputs of strings or of any size
 */
export async function traceModel(model: Model, where: string, { sequences = false } = {}): Promise<Trace> {
  if (!model.built) throw new ModelError(where, 'the model has no weights yet; begin it with input({ shape }), or fit it first');
  checkInputs(model, where);
  await preparePortable();
  const { network } = model;
  const fixed = portsOf(network).find(({ batchSize }) => batchSize !== null)?.batchSize ?? undefined;
  const weights = new Map(network.variables.map((variable) => [variable, variable.tensor.dataSync()]));
  const at = (size: number) => ({ size, run: record(network, weights, size, where) });
  const run = (): LinedUp => lineUp(fixed === undefined ? batchSizes(model).map(at) : [at(fixed)], where);
  const linedUp = onPortable(() => (sequences ? withSequences(run) : run()));
  return simplify(fuseless(linedUp), where);
}
