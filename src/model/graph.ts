/** The graph of a model: which calls there are, in which order they run, and in which order Keras counts their layers. */
import { ModelError } from '../core/errors.ts';
import type { Layer } from '../core/layer.ts';
import { show } from '../core/shape.ts';
import { isSymbolic, type Node, type SymbolicTensor } from '../core/symbolic.ts';

/** What Keras calls an operation: a layer, or a place where data comes in. */
export type Operation = Layer | Node;

export interface Graph {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  /** Every call that the outputs need, each after those that it needs. */
  readonly nodes: readonly Node[];
  /** Layers and inputs in Keras's order, which numbers the weight groups of a file. */
  readonly operations: readonly Operation[];
  /** The layers among them. */
  readonly layers: readonly Layer[];
}

export const isLayer = (operation: Operation): operation is Layer => typeof operation === 'function';
export const operationOf = (node: Node): Operation => node.layer ?? node;

/** Symbolic tensors that a call takes: its inputs, then named ones by the order of their names, as Keras flattens them. */
export const argumentsOf = ({ inputs, given }: Node): readonly SymbolicTensor[] => [
  ...inputs,
  ...Object.keys(given).sort().flatMap((key) => {
    const value = given[key];
    return isSymbolic(value) ? [value] : Array.isArray(value) ? (value as readonly SymbolicTensor[]) : [];
  }),
];

/**
 * Orders what lies between inputs, which are places where data comes in, and outputs. The order of the operations is Keras's `map_graph`: by depth from the outputs,
 * then by when a walk back from the outputs meets them (keras-format: "Order of layers").
 * @throws ModelError if an output needs data that no input gives, or an input is given twice.
 */
export function makeGraph(where: string, inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): Graph {
  const nodes: Node[] = [];
  const met = new Map<Operation, number>();
  const seen = new Set<Node>();
  const ends = new Set(inputs.map(({ node }) => node));
  if (ends.size < inputs.length) throw new ModelError(where, 'has one input twice among `inputs`; list each once');
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const operation = operationOf(node);
    if (!met.has(operation)) met.set(operation, met.size);
    if (!node.layer && !ends.has(node)) {
      throw new ModelError(where, `an output needs the input ${node.source?.name ? `"${node.source.name}"` : `of shape ${show(node.outputs[0]!.shape)}`}, which is not among \`inputs\`; add it there`);
    }
    argumentsOf(node).forEach((tensor) => visit(tensor.node));
    nodes.push(node);
  };
  outputs.forEach(({ node }) => visit(node));

  const depths = new Map<Node, number>();
  const operationDepths = new Map<Operation, number>();
  for (const node of [...nodes].reverse()) {
    const operation = operationOf(node);
    const depth = Math.max(depths.get(node) ?? 0, operationDepths.get(operation) ?? 0);
    depths.set(node, depth);
    operationDepths.set(operation, depth);
    for (const { node: parent } of argumentsOf(node)) depths.set(parent, Math.max(depths.get(parent) ?? 0, depth + 1));
  }
  for (const node of ends) {
    const operation = operationOf(node);
    if (seen.has(node)) continue;
    operationDepths.set(operation, 0);
    met.set(operation, -1);
  }
  const operations = [...operationDepths.keys()].sort((a, b) => operationDepths.get(b)! - operationDepths.get(a)! || met.get(a)! - met.get(b)!);
  return { inputs, outputs, nodes, operations, layers: operations.filter(isLayer) };
}
