/** Powers, whole-number division, logic and whole-number sums of the embedded engine, against JavaScript's own arithmetic. */
import { beforeAll, describe, expect, test } from 'vitest';
import { setBackend, tf } from 'ibexjs';

beforeAll(() => setBackend('wasm'));

describe('powers', () => {
  const bases = [0.5, 2, 0.999, 1, 1e-6, 3.5, 12345.678, 1e20, 0, -2, -0.5, -1, Infinity, -Infinity, NaN];
  const exponents = [0, 1, -1, 2, 3, 0.5, -0.5, 10, 1000, 1e-3, -3, Infinity, -Infinity, NaN];
  test.each(bases)('%f to any exponent', (base) => {
    const got = tf.pow(tf.fill([exponents.length], base), tf.tensor1d(exponents)).dataSync();
    exponents.forEach((exponent, i) => {
      // JavaScript gives NaN for 1 to the NaN and ±1 to the infinite; IEEE 754's pow, like C's, gives 1.
      const one = base === 1 || (base === -1 && Math.abs(exponent) === Infinity);
      const want = one ? 1 : Math.fround(Math.fround(base) ** Math.fround(exponent));
      if (Number.isFinite(want) && want !== 0) expect(Math.abs(got[i]! - want) / Math.abs(want), `${base} ** ${exponent} = ${got[i]}, want ${want}`).toBeLessThan(2e-7);
      else expect(got[i]! + 0, `${base} ** ${exponent}`).toBe(want + 0);
    });
  });

  test('a column to a row', () => {
    const got = tf.pow(tf.tensor2d([[2], [3]]), tf.tensor1d([1, 2, 3])).dataSync();
    expect([...got]).toEqual([2, 4, 8, 3, 9, 27]);
  });
});

test('whole numbers divide downwards', () => {
  const [a, b] = [[7, -7, 7, -7, 6, 0, -1], [2, 2, -2, -2, 3, 5, 3]];
  expect([...tf.floorDiv(tf.tensor1d(a!, 'int32'), tf.tensor1d(b!, 'int32')).dataSync()]).toEqual([3, -4, -4, 3, 2, 0, -1]);
});

test('and, or, any, all', () => {
  const a = tf.tensor2d([[1, 1, 0], [0, 0, 0]], [2, 3], 'bool');
  const b = tf.tensor2d([[1, 0, 1], [0, 1, 0]], [2, 3], 'bool');
  expect([...tf.logicalAnd(a, b).dataSync()]).toEqual([1, 0, 0, 0, 0, 0]);
  expect([...tf.logicalOr(a, b).dataSync()]).toEqual([1, 1, 1, 0, 1, 0]);
  expect([...tf.any(a, 1).dataSync()]).toEqual([1, 0]);
  expect([...tf.any(a, 0).dataSync()]).toEqual([1, 1, 0]);
  expect([...tf.all(tf.logicalOr(a, b), 1).dataSync()]).toEqual([1, 0]);
  expect(tf.any(a).dataSync()[0]).toBe(1);
});

test('sums of whole numbers are exact', () => {
  const x = tf.tensor2d([[16777217, 1], [2, 3]], [2, 2], 'int32');
  expect([...tf.sum(x, 0).dataSync()]).toEqual([16777219, 4]);
  expect(tf.sum(x).dataSync()[0]).toBe(16777223);
});

test('where chooses between truths', () => {
  const [condition, yes, no] = [[1, 1, 0, 0, 1], [1, 0, 1, 0, 1], [0, 1, 1, 0, 0]].map((each) => tf.tensor1d(each, 'bool'));
  expect([...tf.where(condition!, yes!, no!).dataSync()]).toEqual([1, 0, 1, 0, 1]);
});
