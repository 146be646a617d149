/** A pass of data through a graph: a pure function of inputs and weights. */
import { ModelError } from '../core/errors.ts';
import { called, toldOf, type Flow, type Given, type Layer, type Pass } from '../core/layer.ts';
import { isSymbolic, type CallArguments, type SymbolicTensor } from '../core/symbolic.ts';
import { randomFrom } from '../core/random.ts';
import { fits, show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import type { Graph } from './graph.ts';
import { namedVariables, type Variable } from './variables.ts';

/** What a layer's formula throws is told with the layer's name and what it was given. */
function runLayer(layer: Layer, inputs: readonly Flow[], given: Given, pass: Pass): readonly Flow[] {
  try {
    return layer.run(inputs, given, pass);
  } catch (error) {
    if (error instanceof ModelError) throw toldOf(called(layer), layer, error);
    throw new ModelError(called(layer), `failed on inputs of shape ${inputs.map(({ tensor }) => show(tensor.shape)).join(', ')}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Runs every call of the graph; gives the flows at its outputs. */
export function runGraph(graph: Graph, inputs: readonly Flow[], pass: Pass): readonly Flow[] {
  const flows = new Map<SymbolicTensor, Flow>(graph.inputs.map((tensor, i) => [tensor, inputs[i]!]));
  const tensors = (given: CallArguments): Given => Object.fromEntries(Object.entries(given).map(([key, value]) => {
    if (isSymbolic(value)) return [key, [flows.get(value)!.tensor]];
    return [key, Array.isArray(value) ? (value as readonly SymbolicTensor[]).map((each) => flows.get(each)!.tensor) : (value as string | number | boolean | null | undefined)];
  }));
  for (const node of graph.nodes) {
    if (!node.layer) continue;
    const outputs = runLayer(node.layer, node.inputs.map((tensor) => flows.get(tensor)!), tensors(node.given), pass);
    node.outputs.forEach((tensor, i) => {
      const given = outputs[i]?.tensor.shape.slice(1);
      // A layer of the user's: it would be found out far from here, or not at all.
      if (!given || !fits(tensor.shape, given)) throw new ModelError(called(node.layer!), `its call gave ${given ? `examples of shape ${show(given)}` : 'nothing'} where its build said ${show(tensor.shape)}; let the two agree`);
      flows.set(tensor, outputs[i]!);
    });
  }
  return graph.outputs.map((tensor) => flows.get(tensor)!);
}

/** Values of weights during a pass: those given, else what the variables hold. */
export type Values = ReadonlyMap<Variable, Tensor>;

export interface Forward {
  readonly outputs: readonly Flow[];
  /** New values of weights that no gradient moves. */
  readonly updates: ReadonlyMap<Variable, Tensor>;
  /** Scalars that are added to the loss. */
  readonly penalties: readonly Tensor[];
}

/** Runs the graph on tensors. `seed` is the int32 pair that all randomness of this pass follows from. */
export function forward(graph: Graph, inputs: readonly Tensor[], { values, training, seed }: { values: Values; training: boolean; seed?: Tensor }): Forward {
  const updates = new Map<Variable, Tensor>();
  const penalties: Tensor[] = [];
  const valueOf = (variable: Variable) => updates.get(variable) ?? values.get(variable) ?? variable.tensor;
  const pass: Pass = {
    training,
    random: randomFrom(seed ?? tf.tensor1d([0, 0], 'int32')),
    weights: (layer: Layer) => Object.fromEntries(Object.entries(namedVariables(layer)).map(([name, variable]) => [name, valueOf(variable)])),
    update: (layer, name, value) => void updates.set(namedVariables(layer)[name]!, value),
    penalize: (penalty) => void penalties.push(penalty),
  };
  return { outputs: runGraph(graph, inputs.map((tensor) => ({ tensor })), pass), updates, penalties };
}
