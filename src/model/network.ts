/** What a model is before it is trained: a graph, its weights, and how data goes in and out. A network can be a layer of another. */
import { ModelError } from '../core/errors.ts';
import type { Layer, Plan, PlanInput } from '../core/layer.ts';
import { fits, show } from '../core/shape.ts';
import { isSymbolic, type SymbolicTensor } from '../core/symbolic.ts';
import { isLayer, makeGraph, operationOf, argumentsOf, type Graph } from './graph.ts';
import { nameOf, nameOperations } from './names.ts';
import { flatten, type Structure, type Structured } from './structure.ts';
import { makeVariables, uniqueVariables, type Seeds, type Variable } from './variables.ts';

export interface Network {
  readonly graph: Graph;
  readonly inputs: Structure;
  readonly outputs: Structure;
  /** Names of the inputs and outputs, in flat order. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly variables: readonly Variable[];
}

type Planned = ReadonlyMap<SymbolicTensor, PlanInput>;

/** Plans every call of a graph for given inputs: shapes at the outputs, and what each layer comes to. */
function planGraph(graph: Graph, inputs: readonly PlanInput[]): { readonly at: Planned; readonly plans: ReadonlyMap<Layer, Plan> } {
  const at = new Map<SymbolicTensor, PlanInput>(graph.inputs.map((tensor, i) => [tensor, inputs[i]!]));
  const plans = new Map<Layer, Plan>();
  for (const node of graph.nodes) {
    if (!node.layer || node.outputs.every((output) => at.has(output))) continue;
    const plan = node.layer.plan(node.inputs.map((tensor) => at.get(tensor)!), node.given);
    if (!plans.has(node.layer)) plans.set(node.layer, plan);
    const batchSize = argumentsOf(node).map((tensor) => at.get(tensor)?.batchSize ?? null).find((n) => n !== null) ?? null;
    node.outputs.forEach((tensor, i) => at.set(tensor, { ...plan.outputs[i]!, batchSize }));
  }
  return { at, plans };
}

/** The outputs that a network gives for inputs of these shapes: what it comes to as a layer of another. */
export function planNetwork(name: string, { graph, inputNames }: Network, inputs: readonly PlanInput[]): Plan {
  if (inputs.length !== graph.inputs.length) {
    throw new ModelError(name, `takes ${graph.inputs.length} inputs (${inputNames.join(', ')}), got ${inputs.length}`);
  }
  inputs.forEach(({ shape }, i) => {
    const { shape: wanted } = graph.inputs[i]!;
    if (!fits(wanted, shape)) throw new ModelError(name, `takes examples of shape ${show(wanted)} at "${inputNames[i]}", but here one example is ${show(shape)}`);
  });
  const { at, plans } = planGraph(graph, inputs);
  return { outputs: graph.outputs.map((tensor) => at.get(tensor)!), weights: {}, inner: plans };
}

/** Builds a network between symbolic tensors: orders its graph, names its layers, makes their weights. */
export function buildNetwork(where: string, given: { inputs: Structured<SymbolicTensor>; outputs: Structured<SymbolicTensor> }, seeds: Seeds): Network {
  const inputs = flatten(given.inputs, isSymbolic);
  const outputs = flatten(given.outputs, isSymbolic);
  const all = [...inputs.items, ...outputs.items];
  if (inputs.items.length === 0 || outputs.items.length === 0 || !all.every(isSymbolic)) {
    throw new ModelError(where, 'needs `inputs` and `outputs`: symbolic tensors, lists or records of them, as input({ shape }) and calls of layers give them');
  }
  const graph = makeGraph(inputs.items, outputs.items);
  // Names go by the order in which data meets the layers, which is how a reader counts them.
  nameOperations(where, [...new Set([...graph.inputs.map(({ node }) => operationOf(node)), ...graph.nodes.map(operationOf)])]);
  const { plans } = planGraph(graph, graph.inputs.map(({ shape, dtype, node }) => ({ shape, dtype, batchSize: node.source?.batchSize ?? null })));
  for (const operation of graph.operations) if (isLayer(operation) && plans.has(operation)) makeVariables(operation, plans.get(operation)!, seeds);
  const variables = uniqueVariables(graph.layers);
  for (const variable of variables) variable.owners++;
  return {
    graph, variables, inputs: inputs.structure, outputs: outputs.structure,
    inputNames: inputs.items.map(({ node }) => nameOf(operationOf(node))),
    outputNames: outputNames(outputs.items, outputs.structure),
  };
}

function outputNames(outputs: readonly SymbolicTensor[], structure: Structure): readonly string[] {
  if (structure.kind === 'record') return structure.keys;
  const names = outputs.map(({ node }) => nameOf(operationOf(node)));
  // One layer may give several outputs: the later ones are numbered.
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name}_${before}`;
  });
}
