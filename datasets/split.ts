import { z } from 'zod';
import type { NdArray, TypedArray } from '../src/core/array.ts';
import { ModelError, parseOptions } from '../src/core/errors.ts';

/**
 * Evenly spread numbers in [0, 1), the same for the same seed on each machine.
 * mulberry32 by Tommy Ettinger (public domain): a 32-bit counter and a mixing function.
 */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 0 … count - 1 in an order that follows from the seed (Fisher and Yates's shuffle, as given by Durstenfeld). */
export function shuffledIndices(count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const random = randomNumbers(seed);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/** The examples of these numbers, in this order; the first axis counts examples. */
export function takeExamples<T extends TypedArray>({ data, shape }: NdArray<T>, indices: ArrayLike<number>): NdArray<T> {
  const [, ...example] = shape;
  const width = example.reduce((product, n) => product * n, 1);
  const taken = new (data.constructor as new (length: number) => T)(indices.length * width);
  for (let i = 0; i < indices.length; i++) taken.set(data.subarray(indices[i]! * width, (indices[i]! + 1) * width), i * width);
  return { data: taken, shape: [indices.length, ...example] };
}

/** How many examples of each group go to the test part: its share rounded, such that the sum is the share of all (largest remainders). */
function quotas(sizes: readonly number[], share: number): number[] {
  const exact = sizes.map((size) => size * share);
  const counts = exact.map(Math.floor);
  let left = Math.round(sizes.reduce((sum, size) => sum + size, 0) * share) - counts.reduce((sum, n) => sum + n, 0);
  const byRemainder = exact.map((n, i) => [n - counts[i]!, i] as const).sort(([a, i], [b, j]) => b - a || i - j);
  for (const [, i] of byRemainder) if (left-- > 0) counts[i]!++;
  return counts;
}

const splitOptions = z.strictObject({
  /** The share of the examples that is kept for the test, between 0 and 1. */
  testShare: z.number().gt(0).lt(1).default(0.2),
  /** The same seed gives the same split on each machine. */
  seed: z.int().default(0),
  /** Whether each distinct row of `y` (each class) is split by the same share. */
  stratify: z.boolean().default(false),
});

export interface Split<X extends TypedArray, Y extends TypedArray> {
  readonly train: { readonly x: NdArray<X>; readonly y: NdArray<Y> };
  readonly test: { readonly x: NdArray<X>; readonly y: NdArray<Y> };
}

/**
 * Shuffles examples by a seed and splits them into a training and a test part.
 * @throws ModelError if x and y differ in length, or a part would be empty
 */
export function trainTestSplit<X extends TypedArray, Y extends TypedArray>(
  { x, y }: { readonly x: NdArray<X>; readonly y: NdArray<Y> },
  options: z.input<typeof splitOptions> = {},
): Split<X, Y> {
  const where = 'datasets.trainTestSplit';
  const { testShare, seed, stratify } = parseOptions(where, splitOptions, options);
  const count = x.shape[0] ?? 0;
  if (y.shape[0] !== count) throw new ModelError(where, `x has ${count} examples and y has ${y.shape[0] ?? 0}; expected as many of each`);

  const width = y.data.length / count;
  const groups = new Map<string, number[]>();
  for (const i of shuffledIndices(count, seed)) {
    const key = stratify ? y.data.subarray(i * width, (i + 1) * width).join() : '';
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  }
  // Sorted by class, so that who gets a rounded-up share does not hang on the shuffle.
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, indices]) => indices);
  const forTest = new Set(quotas(sorted.map(({ length }) => length), testShare).flatMap((n, i) => sorted[i]!.slice(0, n)));
  if (forTest.size === 0 || forTest.size === count) {
    throw new ModelError(where, `testShare ${testShare} of ${count} examples leaves the ${forTest.size === 0 ? 'test' : 'training'} part empty`);
  }
  // In a second order: in the first one, the training part would begin with the classes whose share of the test was full first.
  const order = shuffledIndices(count, seed + 1);
  const part = (isTest: boolean) => {
    const indices = order.filter((i) => forTest.has(i) === isTest);
    return { x: takeExamples(x, indices), y: takeExamples(y, indices) };
  };
  return { train: part(false), test: part(true) };
}
