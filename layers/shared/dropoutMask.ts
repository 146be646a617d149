import type { Random } from '../../src/core/random.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';

/** Multiplies: 0 with probability `rate`, else `1 / (1 − rate)`, so that the expectation stays. */
export const dropoutMask = (random: Random, rate: number, shape: readonly number[], seed: number | null): Tensor =>
  tf.mul(tf.cast(tf.greaterEqual(random.uniform(shape, seed), rate), 'float32'), 1 / (1 - rate));
