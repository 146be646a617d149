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

/** `[least, most]`, or one number for the range up to it: from its negative, or from the bound. */
export const rangeUpTo = (least: number, most: number) => {
  const bounded = z.number().min(least).max(most);
  return z.union([
    bounded.transform((n): [number, number] => [Math.max(-Math.abs(n), least), Math.abs(n)]),
    z.tuple([bounded, bounded]).refine(([from, to]) => from <= to, 'must ascend'),
  ]);
};

/** 1 for an example with a probability that is drawn from the range, else 0: of shape `[batch, 1, 1, 1]`. */
export function chosen(random: Random, range: Range, batch: number, seed: number | null): Tensor {
  const shape = [batch, 1, 1, 1];
  return tf.cast(tf.less(random.uniform(shape, seed), drawn(random, range, shape, seed)), 'float32');
}

/** One number for each example, uniform in the range: of shape `[batch, …ones]`. */
export const drawn = (random: Random, [from, to]: Range, shape: readonly number[], seed: number | null): Tensor =>
  tf.add(tf.mul(random.uniform(shape, seed), to - from), from);
