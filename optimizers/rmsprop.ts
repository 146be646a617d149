import { z } from 'zod';
import { defineOptimizer, share } from '../src/core/optimizer.ts';
import { tf } from '../src/core/tensor.ts';
import { movingMean } from './movingMean.ts';

/** Divides the gradient by the root of a running mean of its square. Tieleman and Hinton, 2012. */
export const rmsprop = defineOptimizer({
  kind: 'rmsprop',
  keras: { name: 'RMSprop', blocks: ['velocity', 'momentum', 'averageGradient'] },
  learningRate: 0.001,
  options: z.strictObject({
    /** What the means keep at each update. */
    rho: share.default(0.9),
    momentum: z.number().min(0).max(1).default(0),
    epsilon: z.number().nonnegative().default(1e-7),
    /** Divides by the deviation from the mean gradient. */
    centered: z.boolean().default(false),
  }),
  slots: {
    velocity: 0,
    momentum: ({ momentum }) => (momentum > 0 ? 0 : undefined),
    averageGradient: ({ centered }) => (centered ? 0 : undefined),
  },
  scalars: ({ options }) => ({ fresh: tf.scalar(1 - options.rho), epsilon: tf.scalar(options.epsilon), kept: tf.scalar(options.momentum) }),
  step({ scalars: { fresh, epsilon, kept }, rate, gradient, weight, slots }) {
    const velocity = movingMean(slots.velocity, tf.square(gradient), fresh);
    const averageGradient = slots.averageGradient && movingMean(slots.averageGradient, gradient, fresh);
    const variance = averageGradient ? tf.sub(velocity, tf.square(averageGradient)) : velocity;
    const pull = tf.div(tf.mul(gradient, rate), tf.sqrt(tf.add(variance, epsilon)));
    const momentum = slots.momentum && tf.add(tf.mul(slots.momentum, kept), pull);
    return { weight: tf.sub(weight, momentum ?? pull), slots: { velocity, momentum, averageGradient } };
  },
});
