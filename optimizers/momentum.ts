import { z } from 'zod';
import { defineOptimizer } from '../src/core/optimizer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';

/**
 * Heavy ball: `v ← momentum · v − rate · g`, then `w ← w + v` (Polyak, 1964); with `nesterov` one look ahead,
 * `w ← w + momentum · v − rate · g` (Sutskever et al., 2013). Keras's `SGD` with momentum.
 */
export const momentum = defineOptimizer({
  kind: 'momentum',
  keras: { name: 'SGD', matches: (config) => Boolean(config.momentum) },
  learningRate: 0.01,
  options: z.strictObject({
    /** The share of the velocity that an update keeps. */
    momentum: z.number().min(0).max(1).default(0.9),
    nesterov: z.boolean().default(false),
  }),
  // Keras keeps no velocity that is never used.
  slots: { velocity: (options) => (options.momentum === 0 ? undefined : 0) },
  // The number becomes a tensor here once, and not for every weight.
  scalars: ({ options }) => ({ kept: tf.scalar(options.momentum) }),
  step({ options, rate, scalars, gradient, slots }) {
    const pull = tf.mul(gradient, rate);
    const pushed = (velocity: Tensor) => tf.sub(tf.mul(velocity, scalars.kept), pull);
    if (!slots.velocity) return { delta: tf.neg(pull), slots: { velocity: undefined } };
    const velocity = pushed(slots.velocity);
    return { delta: options.nesterov ? pushed(velocity) : velocity, slots: { velocity } };
  },
});
