/** What a model is before it is trained: a graph, its weights, and how data goes in and out. A network can be a layer of another. */
import { inWords, ModelError } from '../core/errors.ts';
import { called, type Layer, type Plan, type PlanInput } from '../core/layer.ts';
import { fits, show } from '../core/shape.ts';
import { isSymbolic, type SymbolicTensor } from '../core/symbolic.ts';
import type { Port } from '../training/dataset.ts';
import { cutOff } from './cut.ts';
import { isLayer, makeGraph, operationOf, argumentsOf, type Graph } from './graph.ts';
import { nameOf, nameOperations } from './names.ts';
import { flatten, type Structure, type Structured } from './structure.ts';
import { checkShared, makeVariables, uniqueVariables, type Seeds, type Variable } from './variables.ts';

/** A network whose weights are not made yet. */
export interface Drawing {
  readonly graph: Graph;
  readonly inputs: Structure;
  readonly outputs: Structure;
  /** Names of the inputs and outputs, in flat order. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** What each layer comes to. */
  readonly plans: ReadonlyMap<Layer, Plan>;
}

export interface Network extends Drawing {
  readonly variables: readonly Variable[];
}

/** The layer with the least to choose from that an input goes straight into. */
function choicesAt({ nodes }: Graph, input: SymbolicTensor): Port['choices'] {
  let least: Port['choices'];
  for (const { layer, inputs } of nodes) {
    const count = layer?.choices;
    if (count !== undefined && inputs.includes(input) && !(least && least.count <= count)) least = { count, layer: called(layer!) };
  }
  return least;
}

/** Where data comes in. */
export const portsOf = ({ graph, inputNames }: Drawing): readonly Port[] =>
  graph.inputs.map((input, i) => ({ name: inputNames[i]!, shape: input.shape, dtype: input.dtype, batchSize: input.node.source?.batchSize ?? null, choices: choicesAt(graph, input) }));

type Planned = ReadonlyMap<SymbolicTensor, PlanInput>;

/** Plans every call of a graph for given inputs: shapes at the outputs, and what each layer comes to. */
function planGraph(graph: Graph, inputs: readonly PlanInput[]): { readonly at: Planned; readonly plans: ReadonlyMap<Layer, Plan> } {
  const at = new Map<SymbolicTensor, PlanInput>(graph.inputs.map((tensor, i) => [tensor, inputs[i]!]));
  const plans = new Map<Layer, Plan>();
  for (const node of graph.nodes) {
    if (!node.layer) continue;
    const plan = node.layer.plan(node.inputs.map((tensor) => at.get(tensor)!), node.given);
    const known = plans.get(node.layer);
    if (known) checkShared(node.layer, known, plan);
    else plans.set(node.layer, plan);
    const batchSize = argumentsOf(node).map((tensor) => at.get(tensor)?.batchSize ?? null).find((n) => n !== null) ?? null;
    node.outputs.forEach((tensor, i) => at.set(tensor, { ...plan.outputs[i]!, batchSize }));
  }
  return { at, plans };
}

/** The outputs that a network gives for inputs of these shapes: what it comes to as a layer of another. */
export function planNetwork(name: string, { graph, inputNames }: Drawing, inputs: readonly PlanInput[]): Plan {
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

export interface Ends { readonly inputs: Structured<SymbolicTensor>; readonly outputs: Structured<SymbolicTensor> }

const nameOfWrong = (given: unknown) => (typeof given === 'function' && 'kind' in given ? `the layer ${String(given.kind)}, which is to be called on one` : inWords(given));

function readEnd(where: string, name: keyof Ends, given: unknown) {
  const end = typeof given === 'object' && given !== null ? flatten(given as Structured<SymbolicTensor>, isSymbolic) : undefined;
  const wrong = end ? end.items.find((each) => !isSymbolic(each)) : given;
  if (end && end.items.length > 0 && wrong === undefined) return end;
  throw new ModelError(where, `\`${name}\` must be a symbolic tensor, a list or a record of them, as input({ shape }) and calls of layers give them, got ${nameOfWrong(end && end.items.length === 0 ? given : wrong)}`);
}

/** Draws a network between symbolic tensors: orders its graph, names its layers, plans their weights. */
export function drawNetwork(where: string, given: Ends): Drawing {
  const inputs = readEnd(where, 'inputs', given.inputs);
  const outputs = readEnd(where, 'outputs', given.outputs);
  const ends = cutOff({ inputs: inputs.items, outputs: outputs.items });
  const graph = makeGraph(where, ends.inputs, ends.outputs);
  // Names go by the order in which data meets the layers, which is how a reader counts them.
  nameOperations(where, [...new Set([...graph.inputs.map(({ node }) => operationOf(node)), ...graph.nodes.map(operationOf)])]);
  const { plans } = planGraph(graph, graph.inputs.map(({ shape, dtype, node }) => ({ shape, dtype, batchSize: node.source?.batchSize ?? null })));
  return {
    graph, plans, inputs: inputs.structure, outputs: outputs.structure,
    inputNames: graph.inputs.map(({ node }) => nameOf(operationOf(node))),
    outputNames: outputNames(graph.outputs, outputs.structure),
  };
}

/** Makes the weights of a network, as far as its layers do not have them yet from another one. */
export function makeNetwork(drawing: Drawing, seeds: Seeds): Network {
  const { graph, plans } = drawing;
  makeVariables(graph.operations.filter(isLayer).map((layer) => [layer, plans.get(layer)!]), seeds);
  const variables = uniqueVariables(graph.layers);
  for (const variable of variables) variable.owners++;
  return { ...drawing, variables };
}

function outputNames(outputs: readonly SymbolicTensor[], structure: Structure): readonly string[] {
  if (structure.kind === 'record') return structure.keys;
  const taken = new Set<string>();
  return outputs.map(({ node }) => {
    const given = nameOf(operationOf(node));
    // One layer may give several outputs: the later ones are numbered.
    let name = given;
    for (let n = 1; taken.has(name); n++) name = `${given}_${n}`;
    taken.add(name);
    return name;
  });
}
