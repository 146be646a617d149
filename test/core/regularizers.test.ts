import { beforeAll, describe, expect, test } from 'vitest';
import { formulaOf } from '../../src/core/part.ts';
import { regularizers, type Regularizer } from '../../src/core/regularizers.ts';
import { tf, type Scalar, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';

const { l1, l2, l1l2, orthogonalRegularizer } = regularizers;
const matrix = () => tf.tensor2d([[0.5, -2, 0], [1.5, 1, 0]]);

// keras.regularizers of 3.15.1: L1()(matrix), …, OrthogonalRegularizer(.5, "columns")(matrix)
const cases: [name: string, Regularizer, number][] = [
  ['l1()', l1(), 0.049999997],
  ['l1', l1({ l1: 0.3 }), 1.5],
  ['l2()', l2(), 0.074999996],
  ['l2', l2({ l2: 0.1 }), 0.75],
  ['l1l2', l1l2({ l1: 0.1, l2: 0.2 }), 2],
  ['orthogonalRegularizer()', orthogonalRegularizer(), 0.0033633637],
  ['orthogonalRegularizer of columns', orthogonalRegularizer({ factor: 0.5, mode: 'columns' }), 0.023570225],
];

describe.each(engines)('regularizers on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.each(cases)('%s gives what Keras gives', (_, regularizer, want) => {
    tf.tidy(() => {
      const penalty = formulaOf(regularizer)(matrix());
      expect(penalty.shape).toEqual([]);
      expectClose(penalty.dataSync(), [want], { rtol: 1e-6, atol: 0 });
    });
  });

  test('gradients: l1 · sign(x), 2 · l2 · x', () => {
    tf.tidy(() => {
      const gradient = (regularizer: Regularizer) => [...tf.grad((x: Tensor) => formulaOf(regularizer)(x) as Scalar)(tf.tensor1d([-2, 0.5])).dataSync()];
      expectClose(gradient(l1({ l1: 0.25 })), [-0.25, 0.25], { rtol: 1e-6, atol: 0 });
      expectClose(gradient(l2({ l2: 0.25 })), [-1, 0.25], { rtol: 1e-6, atol: 0 });
    });
  });

  test('a column of zeros has a finite gradient', () => {
    tf.tidy(() => {
      const gradient = tf.grad((x: Tensor) => formulaOf(orthogonalRegularizer({ mode: 'columns' }))(x) as Scalar)(matrix());
      expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
    });
  });
});

test('orthogonalRegularizer says that it takes matrices', () => {
  expect(() => formulaOf(orthogonalRegularizer())(tf.ones([2, 2, 2]))).toThrow('orthogonalRegularizer: takes matrices only, but here is a tensor of shape [2, 2, 2]');
});
