/** What the layers that disturb their input while training have in common. */
import { z } from 'zod';
import { ModelError } from '../../src/core/errors.ts';
import type { Random } from '../../src/core/random.ts';
import { show, type Shape } from '../../src/core/shape.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { dropoutMask } from './dropoutMask.ts';

/** The share that is dropped. */
export const rate = z.number().min(0).lt(1);
/** Sets a layer's draws apart; they follow from the model's seed in any case. */
export const seed = z.int().nullable().default(null);
/** Sizes of what is drawn, batch axis included: `null` is the input's size, 1 shares one draw along the axis. */
export const noiseShape = z.array(z.int().positive().nullable()).nullable().default(null);

/** @throws ModelError if the noise cannot be laid over the input */
export function checkNoise(where: string, noise: readonly (number | null)[] | null, input: Shape): void {
  if (!noise) return;
  const fits = noise.length === input.length + 1 && noise.slice(1).every((n, i) => n === null || n === 1 || input[i] === null || n === input[i]);
  if (!fits) throw new ModelError(where, `noiseShape must be [batch, …] with null, 1 or the input's size for each axis, here ${show([null, ...input])}, got ${show(noise)}`);
}

interface Noise {
  readonly rate: number;
  readonly seed: number | null;
  readonly noiseShape?: readonly (number | null)[] | null;
}

const sizesOf = (x: Tensor, { noiseShape: given }: Noise) => (given ? given.map((n, i) => n ?? x.shape[i]!) : x.shape);

/** 1 with probability `1 − rate`, else 0. */
export const kept = (x: Tensor, random: Random, noise: Noise): Tensor =>
  tf.cast(tf.greaterEqual(random.uniform(sizesOf(x, noise), noise.seed), noise.rate), 'float32');

/** Dropout: what stays is scaled up to keep the expected sum. Srivastava et al., 2014. */
export const dropped = (x: Tensor, random: Random, noise: Noise): Tensor => tf.mul(x, dropoutMask(random, noise.rate, sizesOf(x, noise), noise.seed));
