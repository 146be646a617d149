import { expect, test } from 'vitest';
import { scaleOf, standardize } from '../../datasets/index.ts';

const x = { data: Float32Array.of(2, 7, 4, 7, 4, 7, 4, 7, 5, 7, 5, 7, 7, 7, 9, 7), shape: [8, 2] };

test('mean, deviation of all values, and values by them; a column that never varies becomes 0', () => {
  // The textbook's 2, 4, 4, 4, 5, 5, 7, 9: mean 5, deviation 2.
  expect(scaleOf(x)).toEqual({ mean: [5, 7], deviation: [2, 1] });
  const { data, shape } = standardize(x, scaleOf(x));
  expect(shape).toEqual([8, 2]);
  expect([...data]).toEqual([-1.5, 0, -0.5, 0, -0.5, 0, -0.5, 0, 0, 0, 0, 0, 1, 0, 2, 0]);
});

test('refuses what is not a table, and the scale of another', () => {
  expect(() => scaleOf({ data: x.data, shape: [16] })).toThrow('datasets.scaleOf: expected [examples, features] with at least one of each, got [16]');
  expect(() => scaleOf({ data: new Float32Array(), shape: [0, 2] })).toThrow('got [0, 2]');
  expect(() => standardize(x, { mean: [1], deviation: [1] })).toThrow('datasets.standardize: x has 2 features, the scale is of 1');
});
