/** A layer ↔ its object in config.json. */
import { z } from 'zod';
import { catalogue } from '../../core/catalogue.ts';
import { didYouMean, ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';
import { defineLayer, type LayerFactory } from '../../core/defineLayer.ts';
import type { Layer } from '../../core/layer.ts';
import { tf } from '../../core/tensor.ts';
import type { Model } from '../../model/model.ts';
import { isObject } from './json.ts';
import { isModel } from './models.ts';
import { oldHardSigmoid } from './oldForms.ts';
import { readOptions, within, writeOptions, type LayerForms } from './options.ts';
import { isKerasObject, isOwn, type KerasObject } from './schema.ts';

/** Makes layers of a kind of the user's own, as `defineLayer` gives it. */
export type CustomLayer = Pick<LayerFactory, 'kind' | 'schema' | 'keras'> & ((options: never) => Layer);

/** What a reader is given along. */
export interface ReadOptions {
  /** Layers of your own, by any name: `{ swish2 }`. */
  readonly customLayers?: Readonly<Record<string, CustomLayer>> | undefined;
  /** What the randomness of the model follows from; as in the file if not given. */
  readonly seed?: number | undefined;
}

/** What is known while a file is read. */
export interface Reading extends ReadOptions {
  /** Layers that occur in several places, by the number that Keras gives them. */
  readonly shared: Map<number, Layer>;
  /** What is left out of the model, in words. */
  readonly notes: string[];
  readModel(object: KerasObject, where: string, reading: Reading): Model;
}

/** What is known while a model is written. */
export interface Writing {
  /** Layers with their objects: those that occur in several places are numbered in the end. */
  readonly written: Map<Layer, JsonObject[]>;
  /** What is left out of the file, in words. */
  readonly notes: string[];
  writeModel(model: Model, writing: Writing): JsonObject;
}

/** Layers without weights whose constructors in Keras do not take `trainable`. */
const constructedWithout = new Set(['SpatialDropout1D', 'SpatialDropout2D', 'SpatialDropout3D', 'Discretization', 'Pipeline']);
/** Layers whose constructors take no dtype either. */
const withoutType = new Set(['Pipeline']);

const policy = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null };

/** Whether Keras has this layer: a layer of the user's own may call itself as it likes. */
const isKerasLayer = ({ kind, keras, schema }: Layer): boolean => keras !== undefined && catalogue().layers[kind]?.schema === schema;

export const classNameOf = (layer: Layer): string => (isModel(layer) ? (layer.kind === 'sequential' ? 'Sequential' : 'Functional') : (layer.keras?.name ?? layer.kind));

/** See `oldForms.ts`. */
export const hardSigmoid2 = defineLayer({
  kind: 'oldHardSigmoid',
  options: z.strictObject({}),
  mask: 'pass',
  build: (_, input) => ({ output: input }),
  call: (x) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1),
});

export function writeLayer(layer: Layer, writing: Writing): JsonObject {
  const object = isModel(layer) ? writing.writeModel(layer, writing) : writeOwn(layer, writing);
  writing.written.set(layer, [...(writing.written.get(layer) ?? []), object]);
  return object;
}

function writeOwn(layer: Layer, writing: Writing): JsonObject {
  const where = `save: ${layer.name || layer.kind}`;
  const forms: LayerForms = { write: (inner) => writeLayer(inner, writing), read: () => layer, leaveOut: (what) => void writing.notes.push(what) };
  if (layer.schema === hardSigmoid2.schema) return { ...oldHardSigmoid };
  const name = classNameOf(layer);
  // Learning is Keras's default, and some of its layers (spatial dropout, discretization) do not know the word.
  const common = { name: layer.name, ...(!layer.trainable && { trainable: false }) };
  if (isKerasLayer(layer)) {
    const config = writeOptions(layer.keras!, layer.schema, layer.options, where, forms);
    const { trainable: _, ...untrainable } = common;
    return { module: 'keras.layers', class_name: name, config: { ...(constructedWithout.has(name) ? untrainable : common), ...(!withoutType.has(name) && { dtype: policy }), ...config }, registered_name: null };
  }
  // Keras cannot build it, but a program that has the layer can. It may not take null for what was not given.
  const given = Object.fromEntries(Object.entries(layer.options).filter(([, value]) => value !== undefined));
  return { module: null, class_name: name, config: { ...common, ...writeOptions(layer.keras ?? { name }, layer.schema, given, where, forms) }, registered_name: `Custom>${name}` };
}

/** Keys that every Keras layer may have and that say nothing here. */
const passedOver = new Set(['name', 'trainable', 'dtype', 'autocast', 'batch_input_shape', 'batch_shape', 'input_dtype']);

/** The factory of a class: one class of Keras may be several layers here, and then its config says which. */
function find(object: KerasObject, customLayers: Readonly<Record<string, CustomLayer>>): CustomLayer | undefined {
  const { class_name: name, config } = object;
  if (object.registered_name === oldHardSigmoid.registered_name) return hardSigmoid2;
  const own = Object.entries(customLayers).find(([key, { kind, keras }]) => key === name || kind === name || keras?.name === name);
  if (own) return own[1];
  const all = Object.values(catalogue().layers).filter((make) => typeof make === 'function');
  // Layers of ours that Keras does not have are written like a user's.
  if (isOwn(object)) return all.find(({ kind, keras }) => !keras && kind === name);
  const matching = all.filter(({ keras }) => keras?.name === name);
  return matching.find(({ keras }) => keras?.matches?.(config)) ?? matching.find(({ keras }) => !keras?.matches) ?? matching[0];
}

/** Whether it is the name of a layer in Keras's files. */
export const isLayerClass = (name: string): boolean => Object.values(catalogue().layers).some(({ keras }) => keras?.name === name);

function refuseQuantized({ dtype }: JsonObject, where: string): void {
  const policyName = isObject(dtype) && isObject(dtype.config) ? (dtype.config.name ?? dtype.config.mode) : dtype;
  if (typeof policyName !== 'string' || !/^(int|uint|float)\d+_(from|gptq)|^gptq|^int4|^int8/.test(policyName)) return;
  throw new ModelError(where, `is quantized (${policyName}), which ibex does not read; save the model in Keras before quantize()`);
}

function unknown({ class_name: name }: KerasObject, where: string): ModelError {
  if (name === 'Lambda' || name === 'TFOpLambda') {
    return new ModelError(where, 'is a Lambda layer, which holds Python code; ibex never runs code from a file. Rebuild it as a layer of your own, with defineLayer, and give its factory: { customLayers }');
  }
  const known = Object.values(catalogue().layers).flatMap(({ keras }) => (keras ? [keras.name] : []));
  return new ModelError(where, `is a layer of class "${name}", which ibex does not know${didYouMean(name, known)}; if it is yours, give its factory: { customLayers: { ${name} } }`);
}

export function readLayer(object: KerasObject, where: string, reading: Reading): Layer {
  const { class_name: className, config, shared_object_id: id } = object;
  if (!isObject(config)) throw new ModelError(where, `the layer "${className}" has no config`);
  const name = typeof config.name === 'string' && config.name !== '' ? config.name : undefined;
  const known = typeof id === 'number' ? reading.shared.get(id) : undefined;
  if (known && known.name === (name ?? '') && classNameOf(known) === className) return known;
  const layer = makeLayer(object, name, `${where}: ${name ?? className}`, reading);
  if (typeof id === 'number') reading.shared.set(id, layer);
  return layer;
}

function makeLayer(object: KerasObject, name: string | undefined, where: string, reading: Reading): Layer {
  const { class_name: className, config } = object;
  if (['Functional', 'Sequential', 'Model'].includes(className) && !isOwn(object)) return reading.readModel(object, where, reading);
  const make = find(object, reading.customLayers ?? {});
  if (!make) throw unknown(object, where);
  refuseQuantized(config, where);
  const read = (inner: Json): Layer => {
    if (isKerasObject(inner)) return readLayer(inner, where, reading);
    throw new ModelError(where, 'has something that is no layer in the place of one');
  };
  const forms: LayerForms = { write: () => null, read, leaveOut: (what) => void reading.notes.push(what) };
  const rest = Object.fromEntries(Object.entries(config).filter(([key]) => !passedOver.has(key) || Object.hasOwn(make.keras?.rename ?? {}, key)));
  return within(where, () => (make as unknown as (options: unknown) => Layer)({
    ...readOptions(make.keras ?? { name: className }, make.schema, rest, where, forms),
    ...(name && { name }), ...(config.trainable === false && { trainable: false }),
  }));
}
