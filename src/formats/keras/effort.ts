/** How much work a description of a model asks for: a kilobyte can ask for more layers and calls than there is time. */
import { ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';
import { isObject } from './json.ts';

// About what the largest published models ask for, times ten: a second at most.
const most = 10_000;

/** Layers that hold layers make and plan them several times over, which multiplies with each that is held in turn. */
const perHolder = 3;

/** Options in which no layer is ever looked for. */
const noLayers = /_(initializer|regularizer|constraint)$|^(dtype|build_config|compile_config)$/;

function effortOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  const { inbound_nodes: calls, ...parts } = value as { readonly [key: string]: Json };
  const held = Object.entries(parts).reduce<number>((sum, [key, each]) => sum + (noLayers.test(key) ? 0 : effortOf(each)), 0);
  if (Array.isArray(value) || typeof parts.class_name !== 'string') return held;
  const isModel = isObject(parts.config) && Array.isArray(parts.config.layers);
  const ends = isModel ? sizeOf((parts.config as JsonObject).input_layers) + sizeOf((parts.config as JsonObject).output_layers) : 0;
  // Each call of a model plans all that is in it.
  return (1 + ends + (isModel ? held : perHolder * held)) * (Array.isArray(calls) ? Math.max(1, calls.length) : 1);
}

/** How many ends a model has: a list or a record of them. */
const sizeOf = (ends: Json | undefined): number => (typeof ends === 'object' && ends !== null ? Object.keys(ends).length : 0);

/** @throws ModelError for a description that would take too long to build. */
export function checkEffort(where: string, description: Json): void {
  if (effortOf(description) > most) throw new ModelError(where, 'describes more layers, layers within layers, and calls of them than can be built in good time; the file is broken or hostile');
}
