import { beforeAll, describe, expect, test } from 'vitest';
import { constraints, type Constraint } from '../../src/core/constraints.ts';
import { formulaOf } from '../../src/core/part.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';

const { maxNorm, minMaxNorm, nonNeg, unitNorm } = constraints;
const matrix = () => tf.tensor2d([[0.5, -2, 0], [1.5, 1, 0]]);
const filters = () => tf.reshape(tf.div(tf.range(-6, 6), 4), [2, 1, 3, 2]);

// keras.constraints of 3.15.1: MaxNorm()(matrix), …, MinMaxNorm(.5, 1.8, rate=.25)(matrix), …, MaxNorm(.7, [0, 1, 2])(filters)
const cases: [name: string, Constraint, () => Tensor, number[]][] = [
  ['maxNorm()', maxNorm(), matrix, [0.49999997, -1.7888544, 0, 1.4999999, 0.89442718, 0]],
  ['maxNorm of rows', maxNorm({ maxValue: 1, axis: 1 }), matrix, [0.24253564, -0.97014254, 0, 0.8320502, 0.55470014, 0]],
  ['minMaxNorm()', minMaxNorm(), matrix, [0.31622773, -0.89442718, 0, 0.9486832, 0.44721359, 0]],
  ['minMaxNorm, a quarter of the way', minMaxNorm({ minValue: 0.5, maxValue: 1.8, rate: 0.25 }), matrix, [0.49999997, -1.9024923, 0, 1.4999999, 0.95124614, 0]],
  ['nonNeg()', nonNeg(), matrix, [0.5, 0, 0, 1.5, 1, 0]],
  ['unitNorm()', unitNorm(), matrix, [0.31622773, -0.89442718, 0, 0.9486832, 0.44721359, 0]],
  ['unitNorm of filters', unitNorm({ axis: [0, 1, 2] }), filters, [-0.6882472, -0.59761429, -0.45883146, -0.35856858, -0.22941573, -0.11952286, 0, 0.11952286, 0.22941573, 0.35856858, 0.45883146, 0.59761429]],
  ['maxNorm of filters', maxNorm({ maxValue: 0.7, axis: [0, 1, 2] }), filters, [-0.48177302, -0.41833001, -0.32118201, -0.25099802, -0.16059101, -0.083666004, 0, 0.083666004, 0.16059101, 0.25099802, 0.32118201, 0.41833001]],
];

describe.each(engines)('constraints on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.each(cases)('%s gives what Keras gives', (_, constraint, weight, want) => {
    tf.tidy(() => {
      const before = weight();
      const after = formulaOf(constraint)(before);
      expect(after.shape).toEqual(before.shape);
      expectClose(after.dataSync(), want, { rtol: 1e-6, atol: 1e-7 });
    });
  });
});

test('saved data is the constraint again', () => {
  expect({ ...maxNorm({ maxValue: 3, axis: 1 }) }).toEqual({ kind: 'maxNorm', maxValue: 3, axis: [1] });
  expect(maxNorm({ maxValue: 3, axis: [1] })).toEqual(maxNorm({ maxValue: 3, axis: 1 }));
  expect(() => maxNorm({ maxValue: 0 })).toThrow('maxNorm: maxValue must be greater than 0, got 0');
});
