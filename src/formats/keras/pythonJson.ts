/** JSON as Python wants it: it tells `1.0` from `1`, and Keras refuses a whole number where it takes a real one. */
import type { Json } from '../../core/keras.ts';

/** A number that is written with its point, also if it is whole. */
export const real = (value: number): Json => Object(value) as number;

const isReal = (value: unknown): boolean => value instanceof Number;

export function pythonJson(value: Json): string {
  if (isReal(value)) return /^-?\d+$/.test(String(value)) ? `${String(value)}.0` : String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  return `{${Object.entries(value as { readonly [key: string]: Json }).filter(([, each]) => each !== undefined).map(([key, each]) => `${JSON.stringify(key)}: ${pythonJson(each)}`).join(', ')}}`;
}

/** Data in which every number is just that. */
export const plainJson = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;
