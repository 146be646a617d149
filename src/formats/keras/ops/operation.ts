/**
 * Entries of a Functional model that are not layers: operators between tensors (`x * 0.5 + y`) and calls of `keras.ops`.
 * They are read as layers without weights, and written as what they were.
 */
import { z } from 'zod';
import { didYouMean, inWords, ModelError } from '../../../core/errors.ts';
import type { Json, JsonObject } from '../../../core/keras.ts';
import { defineMerge } from '../../../core/defineLayer.ts';
import type { Layer } from '../../../core/layer.ts';
import { sized, type Shape } from '../../../core/shape.ts';
import type { SymbolicTensor } from '../../../core/symbolic.ts';
import { tf, type Tensor } from '../../../core/tensor.ts';
import { flat, type Call } from '../calls.ts';
import { isObject } from '../json.ts';
import { isKerasObject, type LayerEntry } from '../schema.ts';
import { dimsOfConstant, showDims, type Dims } from './dims.ts';
import { findOperation, operationNames, type Config } from './table.ts';

/** A place among the arguments where a tensor goes in. */
interface Slot { readonly tensor: number }
const isSlot = (value: unknown): value is Slot => isObject(value) && !isKerasObject(value);

const operationOptions = z.strictObject({
  module: z.string(), operation: z.string(), config: z.custom<Config>(isObject),
  /** Arguments as in the file, with a slot for each tensor. */
  args: z.custom<readonly Json[]>(Array.isArray),
});

/** Arguments with something in the place of each tensor. */
const filled = <T>(args: unknown, things: readonly T[]): unknown =>
  isSlot(args) ? things[args.tensor] : Array.isArray(args) ? args.map((each: unknown) => filled(each, things)) : args;

/** The value of a constant, which Keras may wrap. */
const plain = (given: unknown): Json => (isKerasObject(given) && ['__tensor__', '__numpy__'].includes(given.class_name) && isObject(given.config) ? given.config.value ?? null : (given as Json));

interface Extent { readonly dims: Dims }
const isExtent = (given: unknown): given is Extent => isObject(given) && 'dims' in given;

function exampleShape(where: string, dims: Dims): Shape {
  const [first, ...rest] = dims;
  if (first === 'batch' && rest.every((n) => n !== 'batch')) return sized(...rest);
  throw new ModelError(where, `gives ${showDims(dims)}, which is not one result for each example; a model keeps examples apart`);
}

export const operation = defineMerge({
  kind: 'operation',
  options: operationOptions,
  build({ operation: name, config, args }, inputs) {
    const { dims, dtype } = findOperation(name)!;
    const of = (given: unknown) => (isExtent(given) ? given.dims : dimsOfConstant(name, plain(given)));
    const extents = inputs.map((shape): Extent => ({ dims: ['batch', ...shape] }));
    return { output: exampleShape(name, dims(name, args.map((each) => filled(each, extents)), config, of)), dtype: dtype?.(config) ?? 'float32' };
  },
  call(xs, { options: { operation: name, config, args } }) {
    const of = (given: unknown): Tensor => (given instanceof tf.Tensor ? given : tf.tensor(plain(given) as never));
    return findOperation(name)!.compute(args.map((each) => filled(each, xs)), config, of);
  },
});

/** Whether an entry is an operation, and no layer. */
export const isOperation = ({ module }: LayerEntry): boolean => typeof module === 'string' && /^keras\.(src\.)?(ops|activations)/.test(module);

function checkSettings(where: string, { class_name: name, config }: LayerEntry): void {
  const known = findOperation(name);
  if (!known) throw new ModelError(where, `is the operation "${name}", which ibex does not know${didYouMean(name, operationNames)}; build the model of layers`);
  for (const [key, value] of Object.entries(config)) {
    // By default none of the others changes a number.
    if (known.settings.includes(key) || key === 'name' || key === 'dtype' || value === null || value === false) continue;
    throw new ModelError(where, `the operation ${name} has the setting ${key} = ${inWords(value)}, which ibex does not know`);
  }
}

/** Makes a layer of one call of an entry that is an operation. `tensorOf` gives the tensor that an argument describes, if it does. */
export function callOperation(
  entry: LayerEntry, called: string | undefined, { args, kwargs }: Call, tensorOf: (value: unknown) => SymbolicTensor | undefined, where: string,
): readonly SymbolicTensor[] {
  checkSettings(where, entry);
  const inputs: SymbolicTensor[] = [];
  const slotted = (value: unknown): Json => {
    const tensor = tensorOf(value);
    if (tensor) return { tensor: inputs.push(tensor) - 1 };
    if (Array.isArray(value)) return value.map(slotted);
    if (isObject(value) && !isKerasObject(value)) throw new ModelError(where, `the operation ${entry.class_name} has an argument that ibex does not know: ${inWords(value)}`);
    return value as Json;
  };
  // Named tensors go by their names: x1, x2.
  const named = Object.keys(kwargs).sort().filter((key) => flat(kwargs[key]).some((each) => tensorOf(each))).map((key) => kwargs[key]);
  const { name: _, ...config } = entry.config as Config;
  const layer = operation({ module: entry.module!, operation: entry.class_name, config, args: [...args, ...named].map(slotted), ...(called && { name: called }) });
  return [...layer(inputs)];
}

/** The entry of an operation, and the arguments of its call. */
export function writeOperation(layer: Layer): { readonly entry: JsonObject; args(tensors: readonly Json[]): Json } | undefined {
  if (layer.kind !== operation.kind || layer.schema !== operation.schema) return undefined;
  const { module, operation: name, config, args } = layer.options as z.output<typeof operationOptions>;
  return {
    entry: { module, class_name: name, config: { name: layer.name, ...config }, registered_name: name },
    args: (tensors) => args.map((each) => filled(each, tensors) as Json),
  };
}
