/** From where to where a random change goes. */
import { z } from 'zod';
import type { Random } from '../../src/core/random.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';

export type Range = readonly [number, number];

/** `[least, most]`, or one number for `[−n, n]`; both within bounds. */
export const rangeOption = (least: number, most: number) => {
  const bounded = z.number().min(least).max(most);
  return z.union([
    bounded.transform((n): [number, number] => [-Math.abs(n), Math.abs(n)]),
    z.tuple([bounded, bounded]).refine(([from, to]) => from <= to, 'must ascend'),
  ]);
};

/** One number for each example, uniform in the range: of shape `[batch, …ones]`. */
export const drawn = (random: Random, [from, to]: Range, shape: readonly number[], seed: number | null): Tensor =>
  tf.add(tf.mul(random.uniform(shape, seed), to - from), from);
