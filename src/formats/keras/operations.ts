/**
 * Entries of a Functional model that are not layers: operators between tensors (`x * 0.5 + y`) and calls of `keras.ops`.
 * They are read as layers without weights, and written as what they were.
 */
import { z } from 'zod';
import { activations } from '../../core/activations.ts';
import { didYouMean, ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';
import { defineMerge, type Layer } from '../../core/layer.ts';
import { sized, type Shape } from '../../core/shape.ts';
import { tf, type Tensor } from '../../core/tensor.ts';
import { camel } from './case.ts';
import { isKerasObject, isObject, type KerasObject } from './schema.ts';

type Argument = Tensor | Json | undefined;
type Config = Readonly<Record<string, Json>>;
type Operation = (args: readonly Argument[], config: Config) => Tensor;

const tensor = (value: Argument): Tensor => (value instanceof tf.Tensor ? value : tf.tensor(value as never));
const two = (compute: (a: Tensor, b: Tensor) => Tensor): Operation => ([a, b]) => compute(tensor(a), tensor(b));
const one = (compute: (x: Tensor) => Tensor): Operation => ([x]) => compute(tensor(x));
const axes = ({ axis }: Config) => (axis === null || axis === undefined ? undefined : (axis as number | number[]));
const reduced = (compute: (x: Tensor, axis?: number | number[], keep?: boolean) => Tensor): Operation => ([x], config) => compute(tensor(x), axes(config), config.keepdims === true);

/** Python's subscript: whole numbers, slices, an ellipsis, new axes. */
const getItem: Operation = ([given, key]) => {
  const x = tensor(given);
  const keys: readonly Json[] = Array.isArray(key) ? (key as readonly Json[]) : [key as Json];
  const isEllipsis = (each: Json) => isKerasObject(each) && each.class_name === '__ellipsis__';
  const named = keys.filter((each) => each !== null && !isEllipsis(each)).length;
  const full = keys.flatMap((each): (Json | 'all')[] => (isEllipsis(each) ? Array<'all'>(x.rank - named).fill('all') : [each]));
  const begin: number[] = [];
  const end: number[] = [];
  const strides: number[] = [];
  const dropped: number[] = [];
  const added: number[] = [];
  let axis = 0;
  for (const each of full) {
    if (each === null) {
      added.push(axis - dropped.length + added.length);
      continue;
    }
    const length = x.shape[axis]!;
    const { start = null, stop = null, step = null } = isKerasObject(each) && isObject(each.config) ? (each.config as { start?: Json; stop?: Json; step?: Json }) : {};
    if (typeof each === 'number') {
      const place = each < 0 ? each + length : each;
      begin.push(place);
      end.push(place + 1);
      strides.push(1);
      dropped.push(axis);
    } else {
      const stride = (step as number | null) ?? 1;
      if (stride < 1) throw new ModelError('GetItem', `takes slices with a step of at least 1, got ${stride}`);
      const at = (place: Json, otherwise: number) => (place === null ? otherwise : Math.max(0, Math.min(length, (place as number) < 0 ? (place as number) + length : (place as number))));
      begin.push(at(start, 0));
      end.push(at(stop, length));
      strides.push(stride);
    }
    axis++;
  }
  for (; axis < x.rank; axis++) {
    begin.push(0);
    end.push(x.shape[axis]!);
    strides.push(1);
  }
  const cut = strides.every((stride) => stride === 1) ? tf.slice(x, begin, end.map((stop, i) => stop - begin[i]!)) : tf.stridedSlice(x, begin, end, strides);
  const kept = dropped.length ? tf.squeeze(cut, dropped) : cut;
  return added.reduce((y, place) => tf.expandDims(y, place), kept);
};

const operations: Readonly<Record<string, Operation>> = {
  Add: two(tf.add), Subtract: two(tf.sub), Multiply: two(tf.mul), Divide: two(tf.div), TrueDivide: two(tf.div), Power: two(tf.pow),
  Maximum: two(tf.maximum), Minimum: two(tf.minimum), Matmul: two((a, b) => tf.matMul(a, b)),
  Negative: one(tf.neg), Absolute: one(tf.abs), Square: one(tf.square), Sqrt: one(tf.sqrt), Rsqrt: one(tf.rsqrt), Exp: one(tf.exp), Log: one(tf.log),
  Log1p: one(tf.log1p), Sin: one(tf.sin), Cos: one(tf.cos), Erf: one(tf.erf), Sign: one(tf.sign), Reciprocal: one(tf.reciprocal), Identity: one((x) => x),
  Mean: reduced(tf.mean), Sum: reduced(tf.sum), Max: reduced(tf.max), Min: reduced(tf.min), Prod: reduced(tf.prod),
  Reshape: ([x], { newshape }) => {
    const given = tensor(x);
    // The batch axis is written as -1, or as a size that the file's own batch had.
    const [, ...rest] = newshape as number[];
    return tf.reshape(given, rest.includes(-1) ? [given.shape[0]!, ...rest] : [-1, ...rest]);
  },
  Transpose: ([x], { axes: order }) => tf.transpose(tensor(x), (order as number[] | null) ?? undefined),
  ExpandDims: ([x], { axis }) => tf.expandDims(tensor(x), axis as number),
  Squeeze: ([x], config) => tf.squeeze(tensor(x), axes(config) === undefined ? undefined : [axes(config)!].flat()),
  Concatenate: ([list], { axis }) => tf.concat((list as unknown as Tensor[]).map(tensor), (axis as number | undefined) ?? 0),
  Stack: ([list], { axis }) => tf.stack((list as unknown as Tensor[]).map(tensor), (axis as number | undefined) ?? 0),
  Clip: ([x], { x_min: low, x_max: high }) => tf.clipByValue(tensor(x), low as number, high as number),
  Cast: ([x], { dtype }) => tf.cast(tensor(x), dtype === 'bool' ? 'bool' : /int/.test(String(dtype)) ? 'int32' : 'float32'),
  GetItem: getItem,
};

/** Activations are operations too: their arguments are in the config. */
const activation = (name: string): Operation | undefined => {
  const kind = camel(name.replaceAll(/(.)([A-Z])/g, '$1_$2').toLowerCase());
  const compute = Object.hasOwn(activations, kind) ? (activations as unknown as Record<string, (x: Tensor, ...rest: Json[]) => Tensor>)[kind] : undefined;
  return compute && (([x], { name: _, ...config }) => compute(tensor(x), ...Object.values(config)));
};

const find = (name: string): Operation | undefined => (Object.hasOwn(operations, name) ? operations[name] : activation(name));

/** A place among the arguments where a tensor goes in. */
interface Slot { readonly tensor: number }
const isSlot = (value: unknown): value is Slot => typeof value === 'object' && value !== null && 'tensor' in value;

const operationOptions = z.strictObject({
  module: z.string(), operation: z.string(), config: z.custom<Config>(isObject),
  /** Arguments as in the file, with a slot for each tensor. */
  args: z.custom<readonly Json[]>(Array.isArray),
});

const filled = (args: unknown, xs: readonly Tensor[]): Argument => (isSlot(args) ? xs[args.tensor] : Array.isArray(args) ? (args.map((each: unknown) => filled(each, xs)) as never) : (args as Json));

/** Sizes that differ with the batch: found by trying two. */
function outputShape(compute: (xs: readonly Tensor[]) => Tensor, inputs: readonly Shape[]): Shape {
  const [a, b] = [2, 3].map((n) => tf.tidy(() => compute(inputs.map((shape) => tf.ones([n, ...shape.map((size) => size ?? n)]))).shape));
  return sized(...a!.slice(1).map((size, i) => (size === b![i + 1] ? size : null)));
}

export const operation = defineMerge({
  kind: 'operation',
  options: operationOptions,
  mask: 'pass',
  build: ({ operation: name, config, args }, inputs) => ({ output: outputShape((xs) => find(name)!(args.map((each) => filled(each, xs)), config), inputs) }),
  call: (xs, { options: { operation: name, config, args } }) => find(name)!(args.map((each) => filled(each, xs)), config),
});

/** What Keras computes masks with. Masks follow from the layers here, so these give none. */
const masks = new Set(['NotEqual', 'Any', 'LogicalOr', 'LogicalAnd', 'LogicalNot', 'All']);

/** Makes a layer for one call of an entry that is no layer, or says that it is a mask; `undefined` for a layer. */
export function readOperation({ module, class_name: name, config }: KerasObject, where: string): 'mask' | ((args: readonly Json[], name: string) => Layer) | undefined {
  if (typeof module !== 'string' || !/^keras\.(src\.)?(ops|activations)/.test(module)) return undefined;
  if (masks.has(name)) return 'mask';
  if (!find(name)) throw new ModelError(where, `is the operation ${module}.${name}, which ibex does not know${didYouMean(name, Object.keys(operations))}; build the model of layers`);
  return (args, called) => operation({ module, operation: name, config: isObject(config) ? config : {}, args, name: called });
}

/** The entry of an operation, and the arguments of its call. */
export function writeOperation(layer: Layer): { readonly entry: JsonObject; args(tensors: readonly Json[]): Json } | undefined {
  if (layer.kind !== operation.kind) return undefined;
  const { module, operation: name, config, args } = layer.options as z.output<typeof operationOptions>;
  const put = (value: Json, tensors: readonly Json[]): Json => (isSlot(value) ? tensors[value.tensor]! : Array.isArray(value) ? value.map((each: Json) => put(each, tensors)) : value);
  return {
    entry: { module, class_name: name, config: { ...config, name: layer.name }, registered_name: name },
    args: (tensors) => args.map((each) => put(each, tensors)),
  };
}
