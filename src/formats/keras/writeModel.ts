/** The architecture of a model in Keras's words: the `Sequential` or `Functional` object of config.json. */
import type { Json, JsonObject } from '../../core/keras.ts';
import { isSymbolic, type Node, type SymbolicTensor } from '../../core/symbolic.ts';
import { isLayer, operationOf, type Operation } from '../../model/graph.ts';
import { Model } from '../../model/model.ts';
import { nameOf } from '../../model/names.ts';
import type { Structure } from '../../model/structure.ts';
import { restore } from '../../model/structure.ts';
import { snake } from './case.ts';
import { writeLayer, type ModelForms } from './layers.ts';
import { writeOperation } from './operations.ts';

const forms: ModelForms = { write: writeModel, read: () => { throw new TypeError('a writer does not read'); } };

const batched = ({ shape, node }: SymbolicTensor): Json => [node.source?.batchSize ?? null, ...shape];

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

function writeFunctional(model: Model): JsonObject {
  const { graph, inputs, outputs } = model.network;
  const calls = callsOf(model);
  const place = ({ node, index }: SymbolicTensor): readonly [string, number, number] => [nameOf(operationOf(node)), calls.get(operationOf(node))!.indexOf(node), index];
  const tensor = (each: SymbolicTensor): Json => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, ...each.shape], dtype: each.dtype, keras_history: place(each) },
  });
  const argument = (value: unknown): Json => (isSymbolic(value) ? tensor(value) : Array.isArray(value) ? value.map(argument) : (value as Json));
  const call = ({ layer, inputs: from, given, list }: Node): JsonObject => ({
    args: layer && writeOperation(layer) ? writeOperation(layer)!.args(from.map(tensor)) : list ? (layer?.keras?.spread ? from.map(tensor) : [from.map(tensor)]) : from.map(tensor),
    kwargs: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined).map(([key, value]) => [snake(key), argument(value)])),
  });
  // Only here does Keras count the calls of a nested Functional from 1.
  const end = (each: SymbolicTensor): Json => {
    const [name, node, index] = place(each);
    const { layer } = each.node;
    return [name, layer instanceof Model && layer.kind === 'functional' ? node + 1 : node, index];
  };
  const ends = (tensors: readonly SymbolicTensor[], structure: Structure): Json => restore(tensors.map(end), structure) as Json;
  return {
    module: 'keras.src.models.functional', class_name: 'Functional', registered_name: 'Functional',
    config: {
      name: model.name, trainable: model.trainable,
      layers: graph.operations.map((operation): JsonObject => (isLayer(operation)
        ? { ...(writeOperation(operation)?.entry ?? writeLayer(operation, forms)), name: operation.name, inbound_nodes: calls.get(operation)!.map(call) }
        : { ...writeInput(operation.outputs[0]!), name: nameOf(operation), inbound_nodes: [] })),
      input_layers: ends(graph.inputs, inputs),
      output_layers: ends(graph.outputs, outputs),
    },
    build_config: { input_shape: null },
  };
}

function writeSequential(model: Model): JsonObject {
  const [start] = model.built ? model.inputs : [];
  const shape = start ? batched(start) : null;
  return {
    module: 'keras', class_name: 'Sequential', registered_name: null,
    config: {
      name: model.name, trainable: model.trainable,
      dtype: { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null },
      layers: [...(start ? [writeInput(start)] : []), ...model.layers.map((layer) => writeLayer(layer, forms))],
      ...(shape && { build_input_shape: shape }),
    },
    ...(shape && { build_config: { input_shape: shape } }),
  };
}

/** @throws ModelError for options that no file can hold, naming the layer. */
export function writeModel(model: Model): JsonObject {
  return model.kind === 'sequential' ? writeSequential(model) : writeFunctional(model);
}
