import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { of, uniform } from './case.ts';

const transposed = [[false, false], [false, true], [true, false], [true, true]] as const;
const labels = (a: boolean, b: boolean) => `${a ? 'Aᵀ' : 'A'}·${b ? 'Bᵀ' : 'B'}`;

export const productCases = [
  ...transposed.map(([a, b]) => of(`matMul ${labels(a, b)}`, [uniform(a ? [7, 5] : [5, 7]), uniform(b ? [11, 7] : [7, 11])], (x, y) => tf.matMul(x, y, a, b))),
  ...transposed.map(([a, b]) => of(`matMul ${labels(a, b)}, larger than a tile each way`, [uniform(a ? [70, 13] : [13, 70]), uniform(b ? [21, 70] : [70, 21])], (x, y) => tf.matMul(x, y, a, b))),
  ...transposed.map(([a, b]) => of(`matMul ${labels(a, b)} of a batch`, [uniform(a ? [3, 4, 5] : [3, 5, 4]), uniform(b ? [3, 2, 4] : [3, 4, 2])], (x, y) => tf.matMul(x, y, a, b))),
  ...transposed.map(([a, b]) => of(`matMul ${labels(a, b)}, one B for a batch`, [uniform(a ? [3, 4, 5] : [3, 5, 4]), uniform(b ? [1, 2, 4] : [1, 4, 2])], (x, y) => tf.matMul(x, y, a, b))),
  of('matMul, one A for a batch', [uniform([5, 4]), uniform([2, 3, 4, 2])], (x, y) => tf.matMul(x, y)),
  of('matMul, both repeated', [uniform([2, 1, 5, 4]), uniform([3, 4, 2])], (x, y) => tf.matMul(x, y)),
  of('matMul of one row', [uniform([1, 9]), uniform([9, 37])], (x, y) => tf.matMul(x, y)),
  of('matMul with one column', [uniform([37, 9]), uniform([9, 1])], (x, y) => tf.matMul(x, y)),
  of('dot', [uniform([7]), uniform([7])], (x, y) => tf.dot(x, y)),
  of('outer product', [uniform([7]), uniform([5])], (x, y) => tf.outerProduct(x as never, y as never)),
  ...(['linear', 'relu', 'sigmoid', 'elu', 'relu6'] as const).map((activation) =>
    of(`fused matMul, ${activation}`, [uniform([5, 7]), uniform([7, 3]), uniform([3])], (a, b, bias) => tf.fused.matMul({ a, b, bias, activation }))),
  of('einsum, matrix product of a batch', [uniform([4, 5, 7]), uniform([7, 3])], (x, y) => tf.einsum('bij,jk->bik', x, y)),
  of('einsum, attention scores', [uniform([2, 5, 3, 4]), uniform([2, 6, 3, 4])], (q, k) => tf.einsum('btnh,bsnh->bnts', q, k)),
  of('einsum, attention values', [uniform([2, 3, 5, 6]), uniform([2, 6, 3, 4])], (p, v) => tf.einsum('bnts,bsnh->btnh', p, v)),
  of('einsum, a sum over one axis of each', [uniform([3, 4]), uniform([3, 5])], (x, y) => tf.einsum('ij,ik->i', x, y)),
  of('einsum, transpose', [uniform([3, 4])], (x) => tf.einsum('ij->ji', x)),
  of('einsum, sum over an axis', [uniform([3, 4])], (x) => tf.einsum('ij->j', x)),
  of('attention', [uniform([2, 2, 5, 4]), uniform([2, 2, 5, 4]), uniform([2, 2, 5, 4])], (q, k, v) => tf.matMul(tf.softmax(tf.matMul(q, k, false, true).mul(0.5)), v)),
  of('matMul, then a matMul with the same factor', [uniform([4, 4])], (x: Tensor) => tf.matMul(tf.matMul(x, x), x, true)),
];
