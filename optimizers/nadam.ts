import { z } from 'zod';
import { defineOptimizer, share } from '../src/core/optimizer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { correction, movingMean } from './movingMean.ts';

/** The share of the momentum at a time: it warms up from half of `beta1`. */
const momentumAt = (beta1: number, time: Tensor) => tf.mul(tf.sub(1, tf.mul(tf.pow(0.96, time), 0.5)), beta1);

/** Adam that looks ahead as Nesterov's momentum does. Dozat, 2016. */
export const nadam = defineOptimizer({
  kind: 'nadam',
  keras: { name: 'Nadam', rename: { beta1: 'beta_1', beta2: 'beta_2' } },
  learningRate: 0.001,
  options: z.strictObject({
    beta1: share.default(0.9),
    beta2: share.default(0.999),
    epsilon: z.number().nonnegative().default(1e-7),
  }),
  slots: { momentum: 0, velocity: 0 },
  shared: {
    start: { uProduct: 1 },
    next: ({ options, time, shared }) => ({ uProduct: tf.mul(shared.uProduct, momentumAt(options.beta1, time)) }),
  },
  scalars({ options: { beta1, beta2 }, rate, time, shared: { uProduct } }) {
    const ahead = momentumAt(beta1, tf.add(time, 1));
    return {
      momentumRate: tf.div(tf.mul(rate, ahead), tf.sub(1, tf.mul(uProduct, ahead))),
      gradientRate: tf.div(tf.mul(rate, tf.sub(1, momentumAt(beta1, time))), tf.sub(1, uProduct)),
      squares: correction(beta2, time),
    };
  },
  step({ options: { beta1, beta2, epsilon }, scalars, gradient, weight, slots }) {
    const momentum = movingMean(slots.momentum, gradient, 1 - beta1);
    const velocity = movingMean(slots.velocity, tf.square(gradient), 1 - beta2);
    const pull = tf.add(tf.mul(momentum, scalars.momentumRate), tf.mul(gradient, scalars.gradientRate));
    const deviation = tf.add(tf.sqrt(tf.div(velocity, scalars.squares)), epsilon);
    return { weight: tf.sub(weight, tf.div(pull, deviation)), slots: { momentum, velocity } };
  },
});
