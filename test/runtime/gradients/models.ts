import { type Tensor4D, tf } from '../../../src/core/tensor.ts';
import { apart, given, of, uniform } from './case.ts';

const oneHot = () => tf.oneHot(tf.tensor1d([1, 2, 0, 5], 'int32'), 6);

/** Pieces of models: several operations one after the other. */
export const modelCases = [
  of('dense', [uniform([5, 7], -0.4, 0.4), uniform([7, 3], -0.4, 0.4), given([3], [1.5, -1.5, 1.4])], (x, w, b) => tf.relu(x.matMul(w).add(b))),
  of('pooling, convolution, dense', [apart([2, 6, 6, 1]), uniform([3, 3, 1, 4]), uniform([36, 3])], (x, filter, w) =>
    tf.conv2d(tf.maxPool(x as Tensor4D, 2, 2, 'valid'), filter as Tensor4D, 1, 'same').reshape([2, 36]).matMul(w)),
  of('embedding', [uniform([9, 4]), uniform([4, 2])], (table, w) => tf.gather(table, tf.tensor2d([[1, 3, 3], [8, 0, 1]], [2, 3], 'int32')).mean(1).matMul(w)),
  of('LSTM cell', [uniform([4, 3]), uniform([4, 5]), uniform([4, 5]), uniform([8, 20]), uniform([20])], (x, h, c, w, b) => {
    const [i, f, g, o] = tf.split(tf.concat([x, h], 1).matMul(w).add(b), 4, 1);
    const next = c.mul(tf.sigmoid(f!)).add(tf.sigmoid(i!).mul(tf.tanh(g!)));
    return tf.tanh(next).mul(tf.sigmoid(o!));
  }),
  of('batch normalization, moving statistics', [uniform([4, 3, 3, 5]), uniform([5]), uniform([5], 0.5, 1.5), uniform([5]), uniform([5])], (x, mean, variance, offset, scale) =>
    tf.batchNorm(x, mean as never, variance as never, offset as never, scale as never, 1e-3)),
  of('batch normalization, statistics of the batch', [uniform([4, 3, 3, 5]), uniform([5]), uniform([5])], (x, offset, scale) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return tf.batchNorm(x, mean as never, variance as never, offset as never, scale as never, 1e-3);
  }),
  of('layer normalization', [uniform([4, 5]), uniform([5]), uniform([5])], (x, offset, scale) => {
    const { mean, variance } = tf.moments(x, [1], true);
    return x.sub(mean).mul(tf.rsqrt(variance.add(1e-3))).mul(scale).add(offset);
  }),
  of('softmax cross-entropy', [uniform([4, 6])], (x) => tf.losses.softmaxCrossEntropy(oneHot(), x)),
  of('sigmoid cross-entropy', [uniform([4, 6])], (x) => tf.losses.sigmoidCrossEntropy(oneHot(), x)),
  of('cross-entropy of probabilities', [uniform([4, 6], 0.2, 0.8)], (x) => oneHot().mul(tf.log(x.clipByValue(1e-7, 1 - 1e-7))).sum(1).neg()),
  of('Huber loss', [uniform([4, 6], -3, 3)], (x) => {
    const size = x.abs();
    return tf.where(size.lessEqual(1), size.square().mul(0.5), size.sub(0.5));
  }),
];
