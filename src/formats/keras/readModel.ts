/** From the `Sequential` or `Functional` object of config.json to a model. */
import { inWords, ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';
import type { Layer } from '../../core/layer.ts';
import { input, type SymbolicTensor } from '../../core/symbolic.ts';
import { sequential } from '../../model/make.ts';
import type { Model } from '../../model/model.ts';
import { check, isObject } from './json.ts';
import { isLayerClass, readLayer, type Reading } from './layers.ts';
import { isModel } from './models.ts';
import { within } from './options.ts';
import { readFunctional } from './readFunctional.ts';
import { sequentialConfig, type KerasObject } from './schema.ts';

/** Layers of a model in the order that numbers the weight groups of its file. */
const orders = new WeakMap<Model, readonly Layer[]>();
export const fileOrder = (model: Model): readonly Layer[] => orders.get(model) ?? model.layers;

const dtypes = ['float32', 'int32', 'bool', 'string'] as const;

/** @throws ModelError for sparse and ragged inputs, and sizes that are none */
export function readInput(config: JsonObject, where: string): SymbolicTensor {
  const shape = config.batch_shape ?? config.batch_input_shape;
  if (!Array.isArray(shape) || shape.length === 0 || !shape.every((n: Json) => n === null || (Number.isSafeInteger(n) && (n as number) > 0))) {
    throw new ModelError(where, `an input must have a batch_shape, a list of sizes, got ${inWords(shape)}`);
  }
  for (const kind of ['sparse', 'ragged']) if (config[kind] === true) throw new ModelError(where, `takes ${kind} tensors, which ibex does not have; save the model with an input of dense ones`);
  const [batchSize, ...example] = shape as (number | null)[];
  const policy = isObject(config.dtype) && isObject(config.dtype.config) ? config.dtype.config.name : config.dtype;
  const dtype = dtypes.find((each) => each === policy) ?? (/int/.test(String(policy)) ? 'int32' : 'float32');
  return input({ shape: example, dtype, batchSize: batchSize ?? null, ...(typeof config.name === 'string' && { name: config.name }) });
}

/** What a Sequential model without an InputLayer is built for, wherever its file says so. */
function startOf(object: KerasObject, built: unknown, first: KerasObject | undefined, where: string): SymbolicTensor | undefined {
  const inputShape = (from: unknown) => (isObject(from) ? from.input_shape : undefined);
  const config = first && isObject(first.config) ? first.config : {};
  const shape = [built, inputShape(object.build_config), config.batch_shape, config.batch_input_shape, inputShape(first?.build_config)].find(Array.isArray) as Json | undefined;
  return shape === undefined ? undefined : readInput({ batch_shape: shape }, where);
}

function readSequential(object: KerasObject, where: string, reading: Reading): Model {
  const { name, trainable, layers, build_input_shape: built } = check(where, 'the Sequential model', sequentialConfig, object.config);
  const entries = layers as unknown as readonly KerasObject[];
  const starts = entries[0]?.class_name === 'InputLayer';
  const start = starts ? readInput(entries[0]!.config, where) : startOf(object, built, entries[0], where);
  const rest = entries.slice(starts ? 1 : 0).map((entry) => readLayer(entry, where, reading));
  if (rest.length === 0) throw new ModelError(where, `the model "${name}" has no layers, so there is nothing to load`);
  const made = within(where, () => sequential(start ? [start, ...rest] : rest, { name, seed: reading.seed }), 'cannot be built');
  return finish(made, rest, trainable);
}

/** Weights of models inside a model are left to the outer one: with that they go, since nobody else holds them. */
function handOver(layer: Layer): void {
  if (!isModel(layer)) for (const held of layer.held.values()) handOver(held);
  else if (layer.built) for (const variable of layer.network.variables) variable.owners--;
}

function finish(model: Model, order: readonly Layer[], trainable: boolean): Model {
  if (!trainable) model.trainable = false;
  if (model.built) for (const layer of order) handOver(layer);
  orders.set(model, order);
  return model;
}

/** Makes the model that an object describes. Nothing in it is executed. */
export function readModel(object: KerasObject, where: string, reading: Reading): Model {
  if (!isObject(object.config)) throw new ModelError(where, 'the model has no config');
  if (object.class_name === 'Sequential') return readSequential(object, where, reading);
  if (['Functional', 'Model'].includes(object.class_name)) {
    const { model, order, trainable } = readFunctional(object, where, { ...reading, readInput });
    return finish(model, order, trainable);
  }
  if (isLayerClass(object.class_name)) throw new ModelError(where, `describes a layer, ${object.class_name}, and no model; put it into a Sequential model`);
  throw new ModelError(where, `is a model of class "${object.class_name}", which is Python code of its author's; only Sequential and Functional models are data. Save such a model in Keras as one of them`);
}
