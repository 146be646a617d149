/** What ibex computes of `keras.ops` and of operators between tensors: for each, the sizes of the result and the formula. */
import { activations } from '../../../core/activations.ts';
import { inWords, ModelError } from '../../../core/errors.ts';
import type { Json } from '../../../core/keras.ts';
import { tf, type Tensor } from '../../../core/tensor.ts';
import { camel } from '../case.ts';
import { axesAt, broadcast, concat, expandDims, matmul, reduce, reshape, squeeze, stack, transpose, type Dims } from './dims.ts';
import { getItem, getItemDims } from './getItem.ts';

export type Config = Readonly<Record<string, Json>>;

/** An operation. `of` gives the sizes, or the tensor, that an argument stands for. */
export interface Operation {
  /** Keys of the config that it heeds. */
  readonly settings: readonly string[];
  readonly dtype?: (config: Config) => 'float32' | 'int32' | 'bool';
  dims(where: string, args: readonly unknown[], config: Config, of: (argument: unknown) => Dims): Dims;
  compute(args: readonly unknown[], config: Config, of: (argument: unknown) => Tensor): Tensor;
}

const binary = (compute: (a: Tensor, b: Tensor) => Tensor): Operation => ({
  settings: [],
  dims: (where, [a, b], _, of) => broadcast(where, of(a), of(b)),
  compute: ([a, b], _, of) => compute(of(a), of(b)),
});
const unary = (compute: (x: Tensor) => Tensor): Operation => ({
  settings: [],
  dims: (_, [x], __, of) => of(x),
  compute: ([x], _, of) => compute(of(x)),
});
const reduction = (compute: (x: Tensor, axes: number[], keep: boolean) => Tensor): Operation => ({
  settings: ['axis', 'keepdims'],
  dims: (where, [x], { axis, keepdims }, of) => reduce(where, of(x), axis, keepdims === true),
  compute: ([x], { axis, keepdims }, of) => compute(of(x), [...axesAt('', axis, of(x).rank)], keepdims === true),
});
const asBool = (operation: Operation): Operation => ({ ...operation, dtype: () => 'bool' });
const comparison = (compute: (a: Tensor, b: Tensor) => Tensor): Operation => asBool(binary(compute));
const logical = (compute: (a: Tensor, b: Tensor) => Tensor): Operation => comparison((a, b) => compute(tf.cast(a, 'bool'), tf.cast(b, 'bool')));
const listOf = <T>(given: unknown, of: (argument: unknown) => T): readonly T[] => (Array.isArray(given) ? given.map(of) : [of(given)]);
const castTo = ({ dtype }: Config) => (dtype === 'bool' ? 'bool' : /int/.test(String(dtype)) ? 'int32' : 'float32');
const bound = (where: string, value: Json | undefined): void => {
  if (typeof value !== 'number') throw new ModelError(where, `clips at numbers, got ${inWords(value)}`);
};

const operations: Readonly<Record<string, Operation>> = {
  Add: binary(tf.add), Subtract: binary(tf.sub), Multiply: binary(tf.mul), Divide: binary(tf.div), TrueDivide: binary(tf.div), Power: binary(tf.pow),
  Maximum: binary(tf.maximum), Minimum: binary(tf.minimum),
  Equal: comparison(tf.equal), NotEqual: comparison(tf.notEqual), Greater: comparison(tf.greater), GreaterEqual: comparison(tf.greaterEqual),
  Less: comparison(tf.less), LessEqual: comparison(tf.lessEqual),
  LogicalAnd: logical(tf.logicalAnd), LogicalOr: logical(tf.logicalOr), LogicalNot: asBool(unary((x) => tf.logicalNot(tf.cast(x, 'bool')))),
  Negative: unary(tf.neg), Absolute: unary(tf.abs), Square: unary(tf.square), Sqrt: unary(tf.sqrt), Rsqrt: unary(tf.rsqrt), Exp: unary(tf.exp), Log: unary(tf.log),
  Log1p: unary(tf.log1p), Sin: unary(tf.sin), Cos: unary(tf.cos), Erf: unary(tf.erf), Sign: unary(tf.sign), Reciprocal: unary(tf.reciprocal), Identity: unary((x) => x),
  Mean: reduction(tf.mean), Sum: reduction(tf.sum), Max: reduction(tf.max), Min: reduction(tf.min), Prod: reduction(tf.prod),
  Any: asBool(reduction((x, axes, keep) => tf.any(tf.cast(x, 'bool'), axes, keep))), All: asBool(reduction((x, axes, keep) => tf.all(tf.cast(x, 'bool'), axes, keep))),
  Matmul: { settings: [], dims: (where, [a, b], _, of) => matmul(where, of(a), of(b)), compute: ([a, b], _, of) => tf.matMul(of(a), of(b)) },
  Reshape: {
    settings: ['newshape'],
    dims: (where, [x], { newshape }, of) => reshape(where, of(x), newshape),
    compute: ([x], { newshape }, of) => tf.reshape(of(x), [of(x).shape[0]!, ...(newshape as number[]).slice(1)]),
  },
  Transpose: {
    settings: ['axes'],
    dims: (where, [x], { axes }, of) => transpose(where, of(x), axes),
    compute: ([x], { axes }, of) => tf.transpose(of(x), axes === null || axes === undefined ? undefined : [...axesAt('', axes, of(x).rank)]),
  },
  ExpandDims: { settings: ['axis'], dims: (where, [x], { axis }, of) => expandDims(where, of(x), axis), compute: ([x], { axis }, of) => tf.expandDims(of(x), axis as number) },
  Squeeze: {
    settings: ['axis'],
    dims: (where, [x], { axis }, of) => squeeze(where, of(x), axis),
    compute: ([x], { axis }, of) => tf.squeeze(of(x), axis === null || axis === undefined ? undefined : [...axesAt('', axis, of(x).rank)]),
  },
  Concatenate: { settings: ['axis'], dims: (where, [list], { axis }, of) => concat(where, listOf(list, of), axis), compute: ([list], { axis }, of) => tf.concat([...listOf(list, of)], (axis as number | undefined) ?? 0) },
  Stack: { settings: ['axis'], dims: (where, [list], { axis }, of) => stack(where, listOf(list, of), axis), compute: ([list], { axis }, of) => tf.stack([...listOf(list, of)], (axis as number | undefined) ?? 0) },
  Clip: {
    settings: ['x_min', 'x_max'],
    dims: (where, [x], { x_min: low, x_max: high }, of) => {
      bound(where, low);
      bound(where, high);
      return of(x);
    },
    compute: ([x], { x_min: low, x_max: high }, of) => tf.clipByValue(of(x), low as number, high as number),
  },
  Cast: { settings: ['dtype'], dtype: castTo, dims: (_, [x], __, of) => of(x), compute: ([x], config, of) => tf.cast(of(x), castTo(config)) },
  Where: {
    settings: [],
    dims: (where, [condition, a, b], _, of) => broadcast(where, of(condition), broadcast(where, of(a), of(b))),
    compute: ([condition, a, b], _, of) => tf.where(tf.cast(of(condition), 'bool'), of(a), of(b)),
  },
  GetItem: { settings: [], dims: (where, [x, key], _, of) => getItemDims(where, of(x), key as Json), compute: ([x, key], _, of) => getItem(of(x), key as Json) },
};

/** Settings of activations that are called as operations, in the order of our functions' arguments; the others have none. */
const activationSettings: Readonly<Record<string, readonly string[]>> = {
  relu: ['negative_slope', 'max_value', 'threshold'], leakyRelu: ['negative_slope'], elu: ['alpha'], celu: ['alpha'], gelu: ['approximate'], squareplus: ['b'],
  hardShrink: ['threshold'], softShrink: ['threshold'], softmax: ['axis'], logSoftmax: ['axis'], sparsemax: ['axis'],
};

function activation(name: string): Operation | undefined {
  const kind = camel(name.replaceAll(/(.)([A-Z])/g, '$1_$2').toLowerCase());
  // Not the gated one, which halves an axis.
  if (!Object.hasOwn(activations, kind) || kind === 'glu') return undefined;
  const compute = (activations as unknown as Record<string, (x: Tensor, ...settings: (Json | undefined)[]) => Tensor>)[kind]!;
  const settings = activationSettings[kind] ?? [];
  return {
    settings,
    dims: (where, [x], { axis }, of) => {
      if (axis !== undefined) axesAt(where, axis, of(x).length);
      return of(x);
    },
    compute: ([x], config, of) => compute(of(x), ...settings.map((key) => config[key] ?? undefined)),
  };
}

export const operationNames = Object.keys(operations);
export const findOperation = (name: string): Operation | undefined => (Object.hasOwn(operations, name) ? operations[name] : activation(name));
