import { tf } from '../../../src/core/tensor.ts';
import { apart, of, uniform } from './case.ts';

const axes = [undefined, [0], [1], [2], [0, 1], [1, 2], [0, 2]] as const;

const reductions = (['sum', 'mean', 'max', 'min', 'prod', 'logSumExp'] as const).flatMap((name) => axes.map((axis) =>
  of(`${name} over ${axis ?? 'all axes'}`, [name === 'max' || name === 'min' ? apart([3, 4, 5]) : uniform([3, 4, 5], 0.6, 1.4)], (x) => tf[name](x, axis && [...axis]))));

export const reductionCases = [
  ...reductions,
  of('sum, axes kept', [uniform([3, 4, 5])], (x) => tf.sum(x, [0, 2], true).mul(x)),
  of('sum of many rows', [uniform([700, 9])], (x) => x.sum(0)),
  of('sum of long rows', [uniform([3, 1001])], (x) => x.sum(1)),
  of('max over an axis, then less', [apart([5, 9])], (x) => x.sub(x.max(1, true))),
  of('moments', [uniform([3, 4, 5])], (x) => {
    const { mean, variance } = tf.moments(x, [0, 1]);
    return tf.stack([mean, variance]);
  }),
  of('norm', [uniform([3, 4], 0.2, 1)], (x) => tf.norm(x, 'euclidean', 1)),
  of('any', [apart([3, 4])], (x) => x.mul(tf.any(x.greater(0.4), 1, true).cast('float32'))),
  of('all', [apart([3, 4])], (x) => x.mul(tf.all(x.greater(-0.4), 1, true).cast('float32'))),
  of('argMax', [apart([3, 4])], (x) => x.mul(tf.argMax(x, 1).expandDims(1).cast('float32'))),
  of('argMin', [apart([3, 4])], (x) => x.mul(tf.argMin(x, 0).expandDims(0).cast('float32'))),
  ...[0, 1, 2].flatMap((axis) => [false, true].flatMap((exclusive) => [false, true].flatMap((reverse) => [
    of(`cumsum over ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`, [uniform([3, 4, 2])], (x) => tf.cumsum(x, axis, exclusive, reverse)),
    of(`cumprod over ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`, [uniform([3, 4, 2], 0.5, 1.5)], (x) => tf.cumprod(x, axis, exclusive, reverse)),
  ]))),
  of('cumprod through a zero', [{ ...uniform([6]), values: Float32Array.of(0.5, 1.5, 0, 2, 0.7, 1.1) }], (x) => tf.cumprod(x)),
  of('topk values', [apart([3, 6])], (x) => tf.topk(x, 2).values),
  of('topk, all of them', [apart([4, 7])], (x) => tf.topk(x, 7).values),
  of('topk values of three axes', [apart([2, 3, 5])], (x) => tf.topk(x, 3).values),
];
