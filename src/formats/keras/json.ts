/** JSON of a file, of which nothing is believed before it is checked. */
import { z } from 'zod';
import { ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';

// The description of a model with a thousand layers has two megabytes, and nests twenty deep.
const longest = 2 ** 24;
const deepest = 128;
const mostValues = 2 ** 20;

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);
const hostile = 'the file is broken or hostile';

/** How deep a text nests, and how many values it has, before memory is taken for them. */
function measure(text: string): { readonly depth: number; readonly values: number } {
  let [open, depth, values] = [0, 0, 1];
  for (let i = 0, inString = false; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) {
      depth = Math.max(depth, ++open);
      values++;
    } else if (c === 0x7d || c === 0x5d) open--;
    else if (c === 0x2c) values++;
  }
  return { depth, values };
}

function refuseKeys(value: Json, where: string, what: string): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) {
    const bad = Object.keys(value).find((key) => forbidden.has(key));
    if (bad !== undefined) throw new ModelError(where, `${what} has the key "${bad}", which no model has; ${hostile}`);
  }
  for (const each of Object.values(value)) refuseKeys(each as Json, where, what);
}

/**
 * Parses JSON of a file.
 * @param what names it in errors: `config.json`
 * @throws ModelError for what is no JSON, is larger or nests deeper than any model, or has keys that would reach into JavaScript's prototypes
 */
export function parseJson(where: string, what: string, content: Uint8Array | string): Json {
  if (content.length > longest) throw new ModelError(where, `${what} has ${content.length} bytes, more than any model's; ${hostile}`);
  const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
  const { depth, values } = measure(text);
  if (depth > deepest) throw new ModelError(where, `${what} nests ${depth} deep, deeper than any model; ${hostile}`);
  if (values > mostValues) throw new ModelError(where, `${what} has ${values} values, more than any model's; ${hostile}`);
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    throw new ModelError(where, `${what} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  refuseKeys(json, where, what);
  return json;
}

/** Parses a part of a file; throws a ModelError that says where the file is not as it should be. */
export function check<S extends z.ZodType>(where: string, what: string, schema: S, given: unknown): z.output<S> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new ModelError(where, `${what} is not as Keras writes it: ${path.length ? `${path.join('.')} — ` : ''}${message}`);
}

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
