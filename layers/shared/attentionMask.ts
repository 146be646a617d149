/** Which places of a sequence attend to which: masks of shape [batch, queries, values], or broadcast to it, true where they do. */
import { tf, type Tensor } from '../../src/core/tensor.ts';

export const both = (a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined => (a && b ? tf.logicalAnd(a, b) : (a ?? b));

export const asBool = (mask: Tensor): Tensor => (mask.dtype === 'bool' ? mask : tf.cast(mask, 'bool'));

/** A constant [queries, values], from what holds for the places i and j. */
const constant = (queries: number, values: number, holds: (i: number, j: number) => boolean): Tensor =>
  tf.tensor2d(Uint8Array.from({ length: queries * values }, (_, n) => Number(holds(Math.floor(n / values), n % values))), [queries, values], 'bool');

/** No place sees a later one. */
export const causal = (queries: number, values: number): Tensor => constant(queries, values, (i, j) => j <= i);

/** A place sees those that are less than `size` away. */
export const window = (queries: number, values: number, size: number): Tensor => constant(queries, values, (i, j) => Math.abs(i - j) < size);

/** What is added to scores so that a softmax gives (almost) nothing where `seen` is 0 and not 1. */
export const penalty = (seen: Tensor, amount: number): Tensor => tf.mul(tf.sub(seen, 1), amount);
