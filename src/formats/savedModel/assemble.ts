/** A trace as a graph of TensorFlow with a signature for serving. */
import { ModelError } from '../../core/errors.ts';
import type { Node } from '../../runtime/native/record/graph.ts';
import type { Size, Trace, TracedNode, TracedType, TracedValue, ValueId } from '../export/trace.ts';
import type { Variable } from './checkpoint.ts';
import { GraphBuilder, type Ref, type Traced } from './graph.ts';
import { kernels } from './kernels/index.ts';

/** Where a value goes in or comes out, and under which name callers know it. */
export interface Endpoint { readonly name: string; readonly reference: string; readonly dtype: TracedType; readonly shape: readonly number[] }

export interface ServedGraph {
  readonly nodes: readonly Node[];
  readonly variables: readonly Variable[];
  readonly inputs: readonly Endpoint[];
  readonly outputs: readonly Endpoint[];
}

/** −1 where TensorFlow takes any size. */
const open = (shape: readonly Size[]) => shape.map((size) => (typeof size === 'number' ? size : -1));

/** @throws ModelError for an operation that TensorFlow has no equal of */
export function assemble({ inputs, outputs, nodes, constants, values }: Trace, where: string): ServedGraph {
  const refs = new Map<ValueId, Ref>();
  const graph = new GraphBuilder(() => refs.get(inputs[0]!.id)!);
  for (const { name, id, dtype, shape } of inputs) refs.set(id, graph.placeholder(`serving_default_${name}`, dtype, open(shape)));
  const refOf = (id: ValueId): Ref => {
    const known = refs.get(id);
    if (known) return known;
    const constant = constants.get(id)!;
    const made = graph.constant(constant.name, constant);
    refs.set(id, made);
    return made;
  };
  for (const node of nodes) {
    const write = kernels[node.kernel];
    const refuse = (why: string): never => {
      throw new ModelError(where, `the layer "${node.layer}" uses the operation ${node.kernel}${why}`);
    };
    if (!write) refuse(', which has no equal in a SavedModel');
    graph.scope = node.layer;
    const made = [write!(tracedBy(node, graph, values, refOf, refuse))].flat() as readonly Ref[];
    node.outputs.forEach(({ id }, i) => refs.set(id, made[i]!));
  }
  graph.scope = 'serving_default';
  return {
    inputs: inputs.map(({ name, id, dtype, shape }) => ({ name, reference: refOf(id).reference, dtype, shape: open(shape) })),
    // An output may be an input or a constant, and two may be one: each gets a node of its own.
    outputs: outputs.map(({ name, id, dtype, shape }) => ({ name, reference: graph.add('Identity', [refOf(id)], dtype).reference, dtype, shape: open(shape) })),
    nodes: graph.nodes,
    variables: graph.variables,
  };
}

const tracedBy = (node: TracedNode, graph: GraphBuilder, values: ReadonlyMap<ValueId, TracedValue>, refOf: (id: ValueId) => Ref, refuse: (why: string) => never): Traced => ({
  node, graph, refuse,
  input: (name) => refOf(node.inputs[name]!),
  get inputs() {
    return Object.values(node.inputs).map(refOf);
  },
  valueOf: (name) => values.get(node.inputs[name]!)!,
  output: node.outputs[0]!,
});
