/** The architecture of a model in Keras's words: the `Sequential` or `Functional` object of config.json. */
import type { Json, JsonObject } from '../../core/keras.ts';
import type { Layer } from '../../core/layer.ts';
import { isSymbolic, type Node, type SymbolicTensor } from '../../core/symbolic.ts';
import { isLayer, operationOf, type Operation } from '../../model/graph.ts';
import type { Model } from '../../model/model.ts';
import { nameOf } from '../../model/names.ts';
import type { Structure } from '../../model/structure.ts';
import { restore } from '../../model/structure.ts';
import { snake } from './case.ts';
import { writeLayer, type Writing } from './layers.ts';
import { isModel } from './models.ts';
import { writeOperation } from './ops/operation.ts';

const batched = ({ shape, node }: SymbolicTensor): Json => [node.batchSize, ...shape];

function writeInput(tensor: SymbolicTensor): JsonObject {
  return {
    module: 'keras.layers', class_name: 'InputLayer', registered_name: null,
    config: { batch_shape: batched(tensor), dtype: tensor.dtype, sparse: false, ragged: false, name: nameOf(operationOf(tensor.node)), optional: false },
  };
}

/** The calls of each operation that belong to this model, in the order that numbers them. */
function callsOf(model: Model): ReadonlyMap<Operation, readonly Node[]> {
  const calls = new Map<Operation, Node[]>();
  for (const node of model.network.graph.nodes) {
    const operation = operationOf(node);
    calls.set(operation, [...(calls.get(operation) ?? []), node]);
  }
  return calls;
}

/** A model whose layers were thawed one by one learns, whatever was last said of it as a whole. */
const isTrainable = (model: Model): boolean => model.trainable || model.layers.some(({ trainable }) => trainable);

/** States of a cell as Keras groups them: how many a cell has, or those of each of its cells. */
type States = number | readonly number[];
const counts: Readonly<Record<string, number>> = { simpleRNNCell: 1, gruCell: 1, lstmCell: 2 };
function statesOf({ kind, options }: Layer): States | undefined {
  if (kind !== 'stackedRNNCells') return counts[kind];
  const each = (options.cells as readonly Layer[]).map((cell) => counts[cell.kind]);
  return each.includes(undefined) ? undefined : (each as number[]);
}
function inGroups(tensors: readonly Json[], states: States): Json {
  if (typeof states === 'number') return tensors;
  const rest = [...tensors];
  return states.map((count) => rest.splice(0, count));
}

function writeFunctional(model: Model, writing: Writing): JsonObject {
  const { graph, inputs, outputs } = model.network;
  const calls = callsOf(model);
  const place = ({ node, index }: SymbolicTensor): readonly [string, number, number] => [nameOf(operationOf(node)), calls.get(operationOf(node))!.indexOf(node), index];
  const tensor = (each: SymbolicTensor): Json => ({
    class_name: '__keras_tensor__',
    config: { shape: batched(each), dtype: each.dtype, keras_history: place(each) },
  });
  const argument = (value: unknown): Json => (isSymbolic(value) ? tensor(value) : Array.isArray(value) ? value.map(argument) : (value as Json));
  const argumentsFor = ({ layer, inputs: from, list }: Node): Json => {
    const tensors = from.map(tensor);
    const operation = layer && writeOperation(layer);
    if (operation) return operation.args(tensors);
    if (layer && isModel(layer)) return [restore(tensors, layer.network.inputs) as Json];
    const states = layer && statesOf(layer);
    if (states) return [tensors[0]!, inGroups(tensors.slice(1), states)];
    return list && !layer?.keras?.spread ? [tensors] : tensors;
  };
  const call = (node: Node): JsonObject => ({
    args: argumentsFor(node),
    kwargs: Object.fromEntries(Object.entries(node.given).filter(([, value]) => value !== undefined).map(([key, value]) => [snake(key), argument(value)])),
  });
  // Only here does Keras count the calls of a nested Functional from 1.
  const end = (each: SymbolicTensor): Json => {
    const [name, node, index] = place(each);
    const { layer } = each.node;
    return [name, layer && isModel(layer) && layer.kind === 'functional' ? node + 1 : node, index];
  };
  const ends = (tensors: readonly SymbolicTensor[], structure: Structure): Json => restore(tensors.map(end), structure) as Json;
  return {
    module: 'keras.src.models.functional', class_name: 'Functional', registered_name: 'Functional',
    config: {
      name: model.name, trainable: isTrainable(model),
      layers: graph.operations.map((operation): JsonObject => (isLayer(operation)
        // Onto the object itself, which may be given a number in the end.
        ? Object.assign(writeOperation(operation)?.entry ?? writeLayer(operation, writing), { name: operation.name, inbound_nodes: calls.get(operation)!.map(call) })
        : { ...writeInput(operation.outputs[0]!), name: nameOf(operation), inbound_nodes: [] })),
      input_layers: ends(graph.inputs, inputs),
      output_layers: ends(graph.outputs, outputs),
    },
    build_config: { input_shape: null },
  };
}

function writeSequential(model: Model, writing: Writing): JsonObject {
  const [start] = model.built ? model.inputs : [];
  const shape = start ? batched(start) : null;
  return {
    module: 'keras', class_name: 'Sequential', registered_name: null,
    config: {
      name: model.name, trainable: isTrainable(model),
      dtype: { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null },
      layers: [...(start ? [writeInput(start)] : []), ...model.layers.map((layer) => writeLayer(layer, writing))],
      ...(shape && { build_input_shape: shape }),
    },
    ...(shape && { build_config: { input_shape: shape } }),
  };
}

const writeEither = (model: Model, writing: Writing): JsonObject => (model.kind === 'sequential' ? writeSequential(model, writing) : writeFunctional(model, writing));

/**
 * The object of a model, and what is left out of it, in words.
 * @throws ModelError for options that no file can hold, naming layer and option
 */
export function writeModel(model: Model): { readonly object: JsonObject; readonly notes: readonly string[] } {
  const written = new Map<Layer, JsonObject[]>();
  const notes: string[] = [];
  const object = writeEither(model, { written, notes, writeModel: writeEither });
  let id = 0;
  for (const objects of written.values()) {
    if (objects.length < 2) continue;
    id++;
    for (const each of objects) Object.assign(each, { shared_object_id: id });
  }
  return { object, notes };
}
