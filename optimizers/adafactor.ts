import { z } from 'zod';
import { defineOptimizer } from '../src/core/optimizer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { movingMean } from './movingMean.ts';

const rootMeanSquare = (x: Tensor) => tf.sqrt(tf.mean(tf.square(x)));
/** Keras keeps scalars where a weight has no rows and columns. */
const unused = { shape: [], value: 0 };

/** Mean squares kept by rows and columns instead of by elements, and steps in proportion to the weights. Shazeer and Stern, 2018. */
export const adafactor = defineOptimizer({
  kind: 'adafactor',
  keras: { name: 'Adafactor', rename: { beta2Decay: 'beta_2_decay', epsilon1: 'epsilon_1', epsilon2: 'epsilon_2' } },
  learningRate: 0.001,
  options: z.strictObject({
    /** What a mean takes of a new value at the n-th update: n to this power. */
    beta2Decay: z.number().max(0).default(-0.8),
    /** Added to squared gradients. */
    epsilon1: z.number().nonnegative().default(1e-30),
    /** The least size that a weight is taken for. */
    epsilon2: z.number().nonnegative().default(1e-3),
    clipThreshold: z.number().positive().default(1),
    /** Says nothing: Keras's formula limits the rate to 1/√time in any case. */
    relativeStep: z.boolean().default(true),
  }),
  slots: {
    rows: (_, { shape }) => (shape.length < 2 ? unused : { shape: shape.slice(0, -1), value: 0 }),
    columns: (_, { shape }) => (shape.length < 2 ? unused : { shape: [...shape.slice(0, -2), shape.at(-1)!], value: 0 }),
    velocity: 0,
  },
  scalars: ({ options, rate, time }) => ({
    rate: tf.minimum(rate, tf.rsqrt(time)),
    fresh: tf.pow(time, options.beta2Decay),
  }),
  step({ options, scalars, gradient, weight, slots }) {
    const squares = tf.add(tf.square(gradient), options.epsilon1);
    const factored = weight.rank >= 2;
    const rows = factored ? movingMean(slots.rows, tf.mean(squares, -1), scalars.fresh) : slots.rows;
    const columns = factored ? movingMean(slots.columns, tf.mean(squares, -2), scalars.fresh) : slots.columns;
    const velocity = factored
      ? tf.mul(tf.expandDims(tf.div(rows, tf.mean(rows, -1, true)), -1), tf.expandDims(columns, -2))
      : movingMean(slots.velocity, squares, scalars.fresh);
    const direction = tf.div(gradient, tf.sqrt(velocity));
    const rate = tf.mul(tf.maximum(rootMeanSquare(weight), options.epsilon2), scalars.rate);
    const size = tf.div(rate, tf.maximum(tf.div(rootMeanSquare(direction), options.clipThreshold), 1));
    return { weight: tf.sub(weight, tf.mul(direction, size)), slots: { rows, columns, velocity } };
  },
});
