import { type Tensor, tf } from '../../../src/core/tensor.ts';
import { apart, type Case, of, uniform } from './case.ts';

type Unary = 'abs' | 'acos' | 'acosh' | 'asin' | 'asinh' | 'atan' | 'atanh' | 'ceil' | 'cos' | 'cosh' | 'elu' | 'erf' | 'exp' | 'expm1' | 'floor' | 'leakyRelu' | 'log' | 'log1p'
  | 'logSigmoid' | 'logSoftmax' | 'neg' | 'onesLike' | 'reciprocal' | 'relu' | 'relu6' | 'round' | 'rsqrt' | 'selu' | 'sigmoid' | 'sign' | 'sin' | 'sinh' | 'softmax' | 'softplus' | 'sqrt' | 'square'
  | 'step' | 'tan' | 'tanh' | 'zerosLike';
type Binary = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'squaredDifference' | 'atan2' | 'mod' | 'floorDiv' | 'pow' | 'divNoNan';

const unary = (names: readonly Unary[], input: () => ReturnType<typeof uniform>): Case[] => names.map((name) => of(name, [input()], (x) => tf[name](x)));

// Of a size that is no multiple of four, as the kernels work on four numbers at a time.
const unaries = [
  ...unary(['asinh', 'atan', 'cos', 'cosh', 'erf', 'exp', 'expm1', 'logSigmoid', 'logSoftmax', 'neg', 'onesLike', 'sigmoid', 'sin', 'sinh', 'softmax', 'softplus', 'square', 'tan', 'tanh', 'zerosLike'], () => uniform([3, 7], -1.4, 1.4)),
  ...unary(['abs', 'elu', 'leakyRelu', 'relu', 'relu6', 'selu', 'sign', 'step'], () => apart([7, 5])),
  ...unary(['ceil', 'floor', 'round'], () => apart([3, 7])),
  ...unary(['log', 'log1p', 'reciprocal', 'rsqrt', 'sqrt'], () => uniform([3, 7], 0.4, 2)),
  ...unary(['acosh'], () => uniform([3, 7], 1.5, 3)),
  ...unary(['acos', 'asin', 'atanh'], () => uniform([3, 7], -0.7, 0.7)),
  of('sigmoid of large numbers', [uniform([3, 7], -30, 30)], (x) => tf.sigmoid(x)),
  of('sin of large numbers', [uniform([3, 7], -1000, 1000)], (x) => tf.sin(x)),
  of('cos of large numbers', [uniform([3, 7], -1000, 1000)], (x) => tf.cos(x)),
  of('tanh of large numbers', [uniform([3, 7], -30, 30)], (x) => tf.tanh(x)),
  of('clipByValue', [apart([4, 6])], (x) => tf.clipByValue(x, -0.8, 0.7)),
  of('gelu by erf', [uniform([4, 6])], (x) => x.mul(0.5).mul(tf.erf(x.div(Math.SQRT2)).add(1))),
  of('swish', [uniform([4, 6])], (x) => x.mul(tf.sigmoid(x))),
  of('isNaN as a number', [uniform([4, 6])], (x) => x.mul(tf.isNaN(x).logicalNot().cast('float32'))),
  of('isFinite as a number', [uniform([4, 6])], (x) => x.mul(tf.isFinite(x).cast('float32'))),
  of('isInf as a number', [uniform([4, 6])], (x) => x.add(tf.isInf(x).cast('float32'))),
];

const shapes: readonly (readonly [string, readonly number[], readonly number[]])[] = [
  ['alike', [5, 6], [5, 6]],
  ['with a vector', [5, 6], [6]],
  ['with a column', [5, 6], [5, 1]],
  ['with a number', [5, 6], []],
  ['a number with a matrix', [], [5, 6]],
  ['a vector with a matrix', [6], [5, 6]],
  ['both repeated', [3, 1, 4], [5, 1]],
  ['an axis between', [2, 3, 4], [2, 1, 4]],
];

const binaries = (['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'squaredDifference', 'atan2', 'mod', 'floorDiv', 'pow', 'divNoNan'] as const).flatMap((name: Binary) =>
  shapes.map(([how, a, b]) => {
    // Ratios stay away from whole numbers for mod and floorDiv: a in (2.1, 2.9), b in (0.95, 1.03) or so.
    const whole = name === 'mod' || name === 'floorDiv';
    const ordered = name === 'maximum' || name === 'minimum';
    if (!ordered) return of(`${name}, ${how}`, [whole ? uniform(a, 2.2, 2.7) : uniform(a, 0.5, 2), whole ? uniform(b, 0.95, 1.05) : uniform(b, 0.5, 2)], (x, y) => tf[name](x, y));
    const high = apart(b);
    return of(`${name}, ${how}`, [apart(a), { ...high, values: high.values.map((v) => v + 0.05) }], (x, y) => tf[name](x, y));
  }));

const steps = (['greater', 'greaterEqual', 'less', 'lessEqual', 'equal', 'notEqual'] as const).map((name) =>
  of(`where ${name}`, [apart([4, 6]), uniform([4, 6])], (x, y) => tf.where(tf[name](x, 0), x.mul(y), y.square())));

export const elementwiseCases = [
  ...unaries,
  ...binaries,
  ...steps,
  of('where, with a condition per row', [apart([4, 1]), uniform([4, 6])], (x, y) => tf.where(x.greater(0), y, y.neg())),
  of('where of logical operations', [apart([4, 6]), uniform([4, 6])], (x, y) => tf.where(x.greater(0).logicalOr(x.less(-0.5)).logicalAnd(x.notEqual(3)), x, y)),
  of('prelu', [apart([4, 6]), uniform([6])], (x, alpha) => tf.prelu(x, alpha)),
  of('addN', [uniform([3, 5]), uniform([3, 5]), uniform([3, 5])], (...xs: Tensor[]) => tf.addN(xs)),
  of('pow with a number', [uniform([3, 5], 0.5, 2)], (x) => x.pow(3)),
];
