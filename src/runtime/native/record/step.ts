/** A recorded step as nodes of a graph, and what of state and data it takes and gives. */
import type { Tensor } from '../../../core/tensor.ts';
import { attr, integerConstant, types, type GraphFunction, type Node } from './graph.ts';
import type { Work } from './work.ts';

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
  readonly work: Work;
}

export const statePort = (i: number, { shape }: Tensor, dtype: number): Port => ({ name: `s${i}`, dtype, shape });
export const dataPort = (i: number, { shape }: Tensor, dtype: number): Port => ({ name: `d${i}`, dtype, shape });
export const batchReference = (i: number): string => `b${i}:output:0`;

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
export const gather = (name: string, dtype: number, from: string, rows: string): Node => ({ name, op: 'GatherV2', inputs: [from, rows, 'zero:output:0'], attrs: gatherTypes(dtype) });

/** What a step takes and gives. */
export interface Ends {
  /** Places of the data that batches are gathered from. */
  readonly gathers: readonly number[];
  /** Places of the state tensors that go in, and of those that come out, in order. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** The nodes that it needs, and those that gather its batches from the rows. */
  nodes(rows: string): readonly Node[];
}

export function endsOf({ data, state, nodes, results }: Step): Ends {
  const places = state.map((_, i) => i);
  const writes = places.filter((i) => results[i] !== state[i]!.name);
  const live = needed(nodes, writes.map((i) => results[i]!));
  const reads = places.filter((i) => writes.includes(i) || live.used.has(state[i]!.name));
  const gathers = data.map((_, i) => i).filter((i) => live.used.has(`b${i}`));
  return { gathers, reads, writes, nodes: (rows) => [integerConstant('zero', 0), ...gathers.map((i) => gather(`b${i}`, data[i]!.dtype, data[i]!.name, rows)), ...live.nodes] };
}

export const typesIn = (ports: readonly Port[]): Readonly<Record<string, number>> => Object.fromEntries(ports.map(({ name, dtype }) => [name, dtype]));
export const outputsOf = (ports: readonly Port[], value: (port: Port, i: number) => string): GraphFunction['outputs'] =>
  Object.fromEntries(ports.map((port, i) => [`${port.name}_out`, { type: port.dtype, value: value(port, i) }]));
