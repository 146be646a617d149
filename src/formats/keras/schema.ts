/** What a Keras file must look like before anything is made of it. */
import { z } from 'zod';
import { ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';

/** An object as Keras serializes one. Other keys (`module`, `build_config`, `shared_object_id` …) are read where they matter. */
export const kerasObject = z.looseObject({
  class_name: z.string(),
  config: z.union([z.record(z.string(), z.unknown()), z.string()]).nullable(),
  registered_name: z.string().nullish(),
  module: z.string().nullish(),
});
export interface KerasObject { readonly class_name: string; readonly config: JsonObject; readonly module?: string | null; readonly registered_name?: string | null; readonly [key: string]: unknown }

const history = z.tuple([z.string(), z.int().nonnegative(), z.int().nonnegative()]).rest(z.unknown());

export const layerEntry = z.looseObject({
  class_name: z.string(),
  config: z.looseObject({ name: z.string().optional() }),
  name: z.string().optional(),
  inbound_nodes: z.array(z.unknown()).default([]),
  module: z.string().nullish(),
});
export type LayerEntry = z.output<typeof layerEntry>;

export const functionalConfig = z.looseObject({
  name: z.string().min(1),
  trainable: z.boolean().default(true),
  layers: z.array(layerEntry).min(1).max(100_000),
  input_layers: z.unknown(),
  output_layers: z.unknown(),
});

export const sequentialConfig = z.looseObject({
  name: z.string().min(1),
  trainable: z.boolean().default(true),
  layers: z.array(layerEntry).max(100_000),
  build_input_shape: z.array(z.unknown()).nullish(),
});

export { history as kerasHistory };

export const compileConfig = z.looseObject({
  optimizer: z.unknown(),
  loss: z.unknown(),
  loss_weights: z.unknown(),
  metrics: z.unknown(),
  weighted_metrics: z.unknown(),
});

/** Parses a part of a file; throws a ModelError that says where the file is not as Keras writes it. */
export function check<S extends z.ZodType>(where: string, what: string, schema: S, given: unknown): z.output<S> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ModelError(where, `${what} is not as Keras writes it: ${issue!.path.length ? `${issue!.path.join('.')} — ` : ''}${issue!.message}`);
}

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/** JSON of a file; keys that would reach into the prototypes of objects are refused. */
export function parseJson(where: string, what: string, text: string): Json {
  let depth = 0;
  for (let i = 0, inside = false; i < text.length; i++) {
    const c = text[i];
    if (inside) {
      if (c === '\\') i++;
      else if (c === '"') inside = false;
    } else if (c === '"') inside = true;
    else if (c === '{' || c === '[') {
      if (++depth > 200) throw new ModelError(where, `${what} is nested more than 200 deep, which no model is; the file is broken or hostile`);
    } else if (c === '}' || c === ']') depth--;
  }
  let json: Json;
  try {
    json = JSON.parse(text, function (this: unknown, key, value: unknown) {
      if (forbidden.has(key)) throw new ModelError(where, `${what} has the key "${key}", which no model has; the file is broken or hostile`);
      return value;
    }) as Json;
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError(where, `${what} is not JSON: ${(error as Error).message}`);
  }
  return json;
}

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isKerasObject = (value: unknown): value is KerasObject => isObject(value) && typeof value.class_name === 'string' && 'config' in value;
