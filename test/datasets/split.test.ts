import { expect, test } from 'vitest';
import { randomNumbers, shuffledIndices, trainTestSplit } from '../../datasets/split.ts';

// From a Python program that follows the published C of mulberry32, in whole numbers.
test.each([
  [1, [2693262067, 11749833, 2265367787, 4213581821]],
  [1912, [2654862509, 5657094, 2031253803, 849541656]],
  [2 ** 32 - 1, [3850105811, 813802916, 3073704848, 4054706436]],
])('the numbers of mulberry32 for seed %i', (seed, numbers) => {
  const random = randomNumbers(seed);
  expect(numbers.map(() => random() * 2 ** 32)).toEqual(numbers);
});

test('the shuffle of Fisher and Yates with these numbers', () => {
  expect([...shuffledIndices(10, 1)]).toEqual([7, 8, 3, 2, 1, 5, 9, 4, 0, 6]);
  expect([...shuffledIndices(10, 1912)]).toEqual([7, 5, 8, 9, 2, 4, 1, 3, 0, 6]);
});

test('each order of three comes about equally often', () => {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 6000; seed++) {
    const order = shuffledIndices(3, seed).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  // 1000 expected, deviation 29.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

const examples = (classes: readonly number[]) => ({
  x: { data: Float32Array.from({ length: classes.length * 2 }, (_, i) => i), shape: [classes.length, 2] },
  y: { data: Uint8Array.from(classes), shape: [classes.length] },
});

test('each example is in one part, with its own y', () => {
  const { train, test } = trainTestSplit(examples(Array.from({ length: 50 }, (_, i) => i)), { testShare: 0.3, seed: 3 });
  expect([train.x.shape, train.y.shape, test.x.shape, test.y.shape]).toEqual([[35, 2], [35], [15, 2], [15]]);
  for (const { x, y } of [train, test]) y.data.forEach((i, row) => expect([...x.data.slice(row * 2, row * 2 + 2)]).toEqual([2 * i, 2 * i + 1]));
  expect([...train.y.data, ...test.y.data].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect([...train.y.data]).not.toEqual([...train.y.data].sort((a, b) => a - b));
});

test('stratified: the same share of each class', () => {
  const classes = Array.from({ length: 1000 }, (_, i) => (i < 309 ? 0 : i < 912 ? 1 : 2));
  const { train, test } = trainTestSplit(examples(classes), { testShare: 0.25, stratify: true });
  const counts = (y: Uint8Array) => [0, 1, 2].map((each) => y.filter((value) => value === each).length);
  // 77.25, 150.75 and 22 of 250.
  expect(counts(test.y.data)).toEqual([77, 151, 22]);
  expect(counts(train.y.data)).toEqual([232, 452, 66]);
});

test('stratified: all classes come from the beginning of each part', () => {
  const classes = Array.from({ length: 5000 }, (_, i) => i % 10);
  const { train, test } = trainTestSplit(examples(classes), { testShare: 0.2, stratify: true });
  for (const { y } of [train, test]) expect(new Set(y.data.slice(0, 80)).size).toBe(10);
});

test('stratified by rows of one-hot classes, too', () => {
  const y = { data: Float32Array.from({ length: 40 }, (_, i) => Number((i >> 1) % 4 === 0 ? i % 2 === 0 : i % 2 === 1)), shape: [20, 2] };
  const { test } = trainTestSplit({ x: examples(Array<number>(20).fill(0)).x, y }, { testShare: 0.4, stratify: true });
  expect(test.y.data.filter((value, i) => i % 2 === 0 && value === 1)).toHaveLength(2);
});

test('refuses parts that would be empty and lengths that differ', () => {
  const { x, y } = examples([0, 1, 0]);
  expect(() => trainTestSplit({ x, y }, { testShare: 0.1 })).toThrow('datasets.trainTestSplit: testShare 0.1 of 3 examples leaves the test part empty');
  expect(() => trainTestSplit({ x, y }, { testShare: 0.9 })).toThrow('leaves the training part empty');
  expect(() => trainTestSplit({ x, y: { data: y.data.slice(1), shape: [2] } })).toThrow('x has 3 examples and y has 2');
  expect(() => trainTestSplit({ x, y }, { seed: 0.5 })).toThrow('seed must be an int, got 0.5');
});
