/** What objects of a Keras file look like. */
import { z } from 'zod';
import type { JsonObject } from '../../core/keras.ts';
import { isObject } from './json.ts';

const name = z.string().max(1024);

/** An object as Keras serializes one. Other keys (`module`, `build_config`, `shared_object_id` …) are read where they matter. */
export const kerasObject = z.looseObject({
  class_name: name,
  config: z.union([z.record(z.string(), z.unknown()), z.string()]).nullable(),
  registered_name: z.string().nullish(),
  module: z.string().nullish(),
});
export interface KerasObject { readonly class_name: string; readonly config: JsonObject; readonly [key: string]: unknown }

export const isKerasObject = (value: unknown): value is KerasObject => isObject(value) && typeof value.class_name === 'string' && 'config' in value;

/** Whether a class is somebody's own, and not Keras's of the same name: Keras writes the package in front of it, or no module of Keras's. */
export const isOwn = ({ registered_name: registered, module }: Readonly<Record<string, unknown>>): boolean =>
  (typeof registered === 'string' && registered.includes('>')) || module === null || (typeof module === 'string' && !/^(keras|tf_keras|tensorflow|builtins)(\.|$)/.test(module));

/** Where a tensor comes from: the layer, the number of its call, the place among the outputs of that call. */
export const kerasHistory = z.tuple([name, z.int().nonnegative(), z.int().nonnegative()]).rest(z.unknown());

const layerEntry = z.looseObject({
  class_name: name,
  config: z.looseObject({ name: name.optional() }),
  name: name.optional(),
  inbound_nodes: z.array(z.unknown()).default([]),
  module: z.string().nullish(),
  registered_name: z.string().nullish(),
});
export type LayerEntry = z.output<typeof layerEntry>;

export const functionalConfig = z.looseObject({
  name: name.min(1),
  trainable: z.boolean().default(true),
  layers: z.array(layerEntry).min(1),
  input_layers: z.unknown(),
  output_layers: z.unknown(),
});

export const sequentialConfig = z.looseObject({
  name: name.min(1),
  trainable: z.boolean().default(true),
  layers: z.array(layerEntry),
  build_input_shape: z.array(z.unknown()).nullish(),
});

const list = z.array(z.unknown());
const record = z.record(z.string(), z.unknown());
const weights = z.union([z.array(z.number()), z.record(z.string(), z.number())]).nullish();

export const compileConfig = z.looseObject({
  optimizer: z.union([z.string(), record]).nullish(),
  loss: z.union([z.string(), list, record]).nullish(),
  loss_weights: weights,
  metrics: z.union([list, record]).nullish(),
  weighted_metrics: z.union([list, record]).nullish(),
});
