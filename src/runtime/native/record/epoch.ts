/** The graph of a stretch of an epoch: a loop that gathers a batch's rows, makes the step and goes on with the new state. */
import type { Tensor } from '../../../core/tensor.ts';
import { attr, integerConstant, types, type Graph, type GraphFunction, type Node } from './graph.ts';

/** A tensor as the graph's nodes know it. */
export interface Port { readonly name: string; readonly dtype: number; readonly shape: readonly number[] }

export interface Step {
  readonly data: readonly Port[];
  readonly state: readonly Port[];
  /** Nodes of the step: they read state by its name and the batch as {@link batchReference} says. */
  readonly nodes: readonly Node[];
  /** New values for the state; its own name where it stays. */
  readonly results: readonly string[];
  readonly batchSize: number;
  /** Multiplications in its products of matrices. */
  readonly products: number;
}

export const statePort = (i: number, { shape }: Tensor, dtype: number): Port => ({ name: `s${i}`, dtype, shape });
export const dataPort = (i: number, { shape }: Tensor, dtype: number): Port => ({ name: `d${i}`, dtype, shape });
export const batchReference = (i: number): string => `b${i}:output:0`;

export interface Epoch {
  readonly graph: Graph;
  /** Places of the data that batches are gathered from. */
  readonly gathers: readonly number[];
  /** Places of the state tensors that go in, and of those that come out, in order. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  readonly inputNames: string;
  readonly outputNames: string;
}

/** Nodes that something asked for depends on. */
function needed(nodes: readonly Node[], asked: readonly string[]): { readonly nodes: readonly Node[]; readonly used: ReadonlySet<string> } {
  const inputs = new Map(nodes.map((node) => [node.name, node.inputs]));
  const used = new Set<string>();
  for (const open = [...asked]; open.length > 0;) {
    const name = open.pop()!.split(':')[0]!;
    if (used.has(name)) continue;
    used.add(name);
    open.push(...(inputs.get(name) ?? []));
  }
  return { nodes: nodes.filter(({ name }) => used.has(name)), used };
}

const gatherTypes = (dtype: number) => ({ Tparams: attr.type(dtype), Tindices: attr.type(types.int32), Taxis: attr.type(types.int32) });
const gather = (name: string, dtype: number, from: string, rows: string): Node => ({ name, op: 'GatherV2', inputs: [from, rows, 'zero:output:0'], attrs: gatherTypes(dtype) });
const forced = { _XlaMustCompile: attr.bool(true) };

/**
 * Gradients that TensorFlow leaves to oneDNN (several times as fast) only where it has come upon the operation itself before. It goes through the graph along
 * its edges, and where a loop leads from the new weights back into the pass forward, it may be the gradient that it comes upon first.
 */
const needsItsForwardFirst = /^(MaxPool|LRN)\w*Grad$/;

/** A function that does by one call what another does: a call stays a graph of its own, without the loop around it. */
function calling({ name, inputs, outputs }: GraphFunction, called: GraphFunction): GraphFunction {
  const call: Node = {
    name: 'all', op: 'PartitionedCall', inputs: Object.keys(inputs),
    attrs: { f: attr.function(called.name), Tin: attr.types(Object.values(inputs)), Tout: attr.types(Object.values(outputs).map(({ type }) => type)), ...apart },
  };
  return { name, inputs, outputs: Object.fromEntries(Object.entries(outputs).map(([key, { type }], i) => [key, { type, value: `all:output:${i}` }])), nodes: [call] };
}
const apart = { _noinline: attr.bool(true) };

/**
 * @param capacity - rows that the order of each run has room for, in batches; `undefined` for any number
 * @param xla - whether XLA compiles the whole
 */
export function buildEpoch({ data, state, nodes, results, batchSize }: Step, { capacity, xla }: { readonly capacity?: number; readonly xla: boolean }): Epoch {
  const places = state.map((_, i) => i);
  const writes = places.filter((i) => results[i] !== state[i]!.name);
  const live = needed(nodes, writes.map((i) => results[i]!));
  const reads = places.filter((i) => writes.includes(i) || live.used.has(state[i]!.name));
  const gathers = data.map((_, i) => i).filter((i) => live.used.has(`b${i}`));

  const limit: Port = { name: 'limit', dtype: types.int32, shape: [] };
  const order: Port = { name: 'order', dtype: types.int32, shape: [capacity ?? -1, batchSize] };
  const outer = [limit, order, ...gathers.map((i) => data[i]!), ...reads.map((i) => state[i]!)];
  const inner: Port[] = [{ name: 'i', dtype: types.int32, shape: [] }, ...outer];
  const typesIn = (ports: readonly Port[]) => Object.fromEntries(ports.map(({ name, dtype }) => [name, dtype]));
  const outputs = (ports: readonly Port[], value: (port: Port, i: number) => string) =>
    Object.fromEntries(ports.map((port, i) => [`${port.name}_out`, { type: port.dtype, value: value(port, i) }]));

  const next = new Map<string, string>([['i', 'next:z:0'], ...writes.map((i) => [state[i]!.name, results[i]!] as const)]);
  const step: GraphFunction = {
    name: 'step',
    inputs: typesIn(inner),
    outputs: outputs(inner, ({ name }) => next.get(name) ?? name),
    nodes: [
      integerConstant('zero', 0), integerConstant('one', 1),
      { name: 'next', op: 'AddV2', inputs: ['i', 'one:output:0'], attrs: { T: attr.type(types.int32) } },
      gather('rows', types.int32, 'order', 'i'),
      ...gathers.map((i) => gather(`b${i}`, data[i]!.dtype, data[i]!.name, 'rows:output:0')), ...live.nodes,
    ],
  };
  const alone: GraphFunction = { ...step, attrs: apart };
  const functions = !xla && live.nodes.some(({ op }) => needsItsForwardFirst.test(op)) ? [alone, calling({ ...step, name: 'body' }, alone)] : [{ ...step, name: 'body' }];
  const condition: GraphFunction = {
    name: 'condition',
    inputs: typesIn(inner),
    outputs: { go: { type: types.bool, value: 'less:z:0' } },
    nodes: [{ name: 'less', op: 'Less', inputs: ['i', 'limit'], attrs: { T: attr.type(types.int32) } }],
  };
  const written = writes.map((i) => state[i]!);
  const epoch: GraphFunction = {
    name: 'epoch',
    inputs: typesIn(outer),
    outputs: outputs(written, ({ name }) => `loop:output:${inner.findIndex((port) => port.name === name)}`),
    nodes: [
      integerConstant('start', 0),
      {
        name: 'loop', op: 'StatelessWhile', inputs: ['start:output:0', ...outer.map(({ name }) => name)],
        attrs: {
          T: attr.types(inner.map(({ dtype }) => dtype)), cond: attr.function(condition.name), body: attr.function('body'), parallel_iterations: attr.int(1),
          // TensorFlow optimizes the body of a loop only if it is one of its old kind.
          ...(!xla && { _lower_using_switch_merge: attr.bool(true) }),
        },
      },
    ],
    ...(xla && { attrs: forced }),
  };
  const call: Node = {
    name: 'call', op: 'StatefulPartitionedCall', inputs: outer.map(({ name }) => name),
    attrs: { f: attr.function(epoch.name), Tin: attr.types(outer.map(({ dtype }) => dtype)), Tout: attr.types(written.map(({ dtype }) => dtype)), ...(xla && forced) },
  };
  const placeholders = outer.map(({ name, dtype, shape }): Node => ({ name, op: 'Placeholder', inputs: [], attrs: { dtype: attr.type(dtype), shape: attr.shape(shape) } }));
  return {
    graph: { nodes: [...placeholders, call], functions: [...functions, condition, epoch] },
    gathers, reads, writes,
    inputNames: outer.map(({ name }) => `${name}:0`).join(','),
    outputNames: written.map((_, i) => `call:${i}`).join(','),
  };
}
