import { z } from 'zod';
import { defineOptimizer, share } from '../src/core/optimizer.ts';
import { tf } from '../src/core/tensor.ts';

/** Adam: running means of the gradient and of its square set the step of each element. Kingma and Ba, 2015; `amsgrad`: Reddi et al., 2018. */
export const adam = defineOptimizer({
  kind: 'adam',
  keras: { name: 'Adam', rename: { beta1: 'beta_1', beta2: 'beta_2' }, blocks: ['velocityHat'] },
  learningRate: 0.001,
  options: z.strictObject({
    beta1: share.default(0.9),
    beta2: share.default(0.999),
    epsilon: z.number().nonnegative().default(1e-7),
    /** Divides by the largest mean square so far. */
    amsgrad: z.boolean().default(false),
  }),
  slots: { momentum: 0, velocity: 0, velocityHat: ({ amsgrad }) => (amsgrad ? 0 : undefined) },
  // The corrections of both means for their start at zero, folded into the rate.
  scalars: ({ options: { beta1, beta2 }, rate, time }) => ({
    rate: tf.div(tf.mul(rate, tf.sqrt(tf.sub(1, tf.pow(beta2, time)))), tf.sub(1, tf.pow(beta1, time))),
  }),
  step({ options: { beta1, beta2, epsilon }, scalars, gradient, weight, slots }) {
    const momentum = tf.add(slots.momentum, tf.mul(tf.sub(gradient, slots.momentum), 1 - beta1));
    const velocity = tf.add(slots.velocity, tf.mul(tf.sub(tf.square(gradient), slots.velocity), 1 - beta2));
    const velocityHat = slots.velocityHat && tf.maximum(slots.velocityHat, velocity);
    const deviation = tf.add(tf.sqrt(velocityHat ?? velocity), epsilon);
    return { weight: tf.sub(weight, tf.div(tf.mul(momentum, scalars.rate), deviation)), slots: { momentum, velocity, velocityHat } };
  },
});
