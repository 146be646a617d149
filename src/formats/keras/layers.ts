/** A layer ↔ its object in config.json. */
import { catalogue } from '../../core/catalogue.ts';
import { didYouMean, ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';
import type { Layer, LayerFactory } from '../../core/layer.ts';
import { Model } from '../../model/model.ts';
import { readOptions, writeOptions, type LayerForms } from './options.ts';
import { isObject, type KerasObject } from './schema.ts';

/** What a reader may be given along. */
export interface ReadOptions {
  /** Layers of the user's own, by kind: `{ swish2 }`. */
  readonly customLayers?: Readonly<Record<string, LayerFactory>>;
}

/** How models inside models are written and read; `graph.ts` knows, and is given here to keep the two apart. */
export interface ModelForms {
  write(model: Model): JsonObject;
  read(object: KerasObject, where: string): Model;
}

const policy = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null };

export function writeLayer(layer: Layer, models: ModelForms): JsonObject {
  if (layer instanceof Model) return models.write(layer);
  const where = `save: ${layer.name || layer.kind}`;
  const forms: LayerForms = { write: (inner) => writeLayer(inner, models), read: () => layer };
  if (!layer.keras) {
    // A layer of the user's own: Keras cannot build it, but a program that has the layer can.
    const config = writeOptions({ name: layer.kind }, layer.schema, layer.options, where, forms);
    return { module: null, class_name: layer.kind, config: { name: layer.name, trainable: layer.trainable, ...config }, registered_name: `Custom>${layer.kind}` };
  }
  const config = writeOptions(layer.keras, layer.schema, layer.options, where, forms);
  return { module: 'keras.layers', class_name: layer.keras.name, config: { name: layer.name, trainable: layer.trainable, dtype: policy, ...config }, registered_name: null };
}

/** Keys that every Keras layer may have and that say nothing here. */
const passedOver = new Set(['name', 'trainable', 'dtype', 'autocast', 'batch_input_shape', 'batch_shape']);

const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

function find(className: string, config: JsonObject, own: Readonly<Record<string, LayerFactory>>): LayerFactory | undefined {
  const all = Object.values(catalogue().layers).filter((make) => typeof make === 'function');
  const matching = all.filter(({ keras }) => keras?.name === className);
  // One class of Keras may be several layers here: the one that its config means.
  return Object.values(own).find(({ kind, keras }) => kind === className || keras?.name === className)
    ?? matching.find(({ keras }) => keras?.matches?.(config)) ?? matching.find(({ keras }) => !keras?.matches) ?? matching[0]
    ?? all.find(({ kind }) => plain(kind) === plain(className));
}

export function readLayer(object: KerasObject, where: string, { customLayers = {} }: ReadOptions, models: ModelForms): Layer {
  const { class_name: className, config } = object;
  if (!isObject(config)) throw new ModelError(where, `the layer "${className}" has no config`);
  if (['Functional', 'Sequential', 'Model'].includes(className)) return models.read(object, where);
  const name = typeof config.name === 'string' ? config.name : className;
  const place = `${where}: ${name}`;
  if (className === 'Lambda') throw new ModelError(place, 'is a Lambda layer, which holds Python code; ibex never runs code from a file. Rebuild it as a layer of your own and give loadModel { customLayers }');
  const make = find(className, config, customLayers);
  if (!make) {
    const kinds = Object.values(catalogue().layers).flatMap(({ keras }) => (keras ? [keras.name] : []));
    throw new ModelError(place, `is a layer of class "${className}", which ibex does not know${didYouMean(className, kinds)}; if it is yours, give loadModel(path, { customLayers: { ${className} } })`);
  }
  const forms: LayerForms = { write: () => null as Json, read: (inner) => readLayer(inner as KerasObject, place, { customLayers }, models) };
  const rest = Object.fromEntries(Object.entries(config).filter(([key]) => !passedOver.has(key)));
  const options = readOptions(make.keras ?? { name: make.kind }, make.schema, rest, place, forms);
  return (make as (options: unknown) => Layer)({
    ...options, name,
    ...(config.trainable === false && { trainable: false }),
  });
}
