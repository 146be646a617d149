import { z } from 'zod';
import type { Step } from '../src/core/optimizer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';

interface Options { readonly momentum: number; readonly nesterov: boolean }

// Keras keeps no velocity that is never used.
const slots = { velocity: ({ momentum }: Options) => (momentum === 0 ? undefined : 0) } as const;

/** What `sgd` and `momentum` have in common: all but how much of the velocity an update keeps if nothing is said. */
export const heavyBall = (share: number) => ({
  options: z.strictObject({
    /** The share of the velocity that an update keeps. */
    momentum: z.number().min(0).max(1).default(share),
    /** Looks one step ahead. */
    nesterov: z.boolean().default(false),
  }),
  slots,
  // The number becomes a tensor here once, and not for every weight.
  scalars: ({ options }: { readonly options: Options }) => ({ kept: tf.scalar(options.momentum) }),
  step({ options, rate, scalars, gradient, weight, slots: { velocity: before } }: Step<Options, typeof slots, never, { kept: Tensor }>) {
    const pull = tf.mul(gradient, rate);
    if (!before) return { weight: tf.sub(weight, pull), slots: { velocity: undefined } };
    const pushed = (velocity: Tensor) => tf.sub(tf.mul(velocity, scalars.kept), pull);
    const velocity = pushed(before);
    return { delta: options.nesterov ? pushed(velocity) : velocity, slots: { velocity } };
  },
});
