/** How much work a description of a model asks for: a kilobyte can ask for more layers and calls than there is time. */
import { ModelError } from '../../core/errors.ts';
import type { Json } from '../../core/keras.ts';
import { isObject } from './json.ts';

// About what the largest published models ask for, times ten: a second or two.
const most = 100_000;

/** Layers that hold layers make and plan them several times over, which multiplies with each that is held in turn. */
const perHolder = 3;

function effortOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  const { inbound_nodes: calls, ...parts } = value as { readonly [key: string]: Json };
  const held = Object.values(parts).reduce<number>((sum, each) => sum + effortOf(each), 0);
  if (Array.isArray(value) || typeof parts.class_name !== 'string') return held;
  const isModel = isObject(parts.config) && Array.isArray(parts.config.layers);
  // Each call of a model plans all that is in it.
  return (1 + (isModel ? held : perHolder * held)) * (Array.isArray(calls) ? Math.max(1, calls.length) : 1);
}

/** @throws ModelError for a description that would take too long to build. */
export function checkEffort(where: string, description: Json): void {
  if (effortOf(description) > most) throw new ModelError(where, 'describes more layers, layers within layers, and calls of them than can be built in good time; the file is broken or hostile');
}
