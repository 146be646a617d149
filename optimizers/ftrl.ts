import { z } from 'zod';
import { defineOptimizer } from '../src/core/optimizer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';

const strength = z.number().nonnegative().default(0);

/** Follow the regularized leader: sparse weights for large linear models. McMahan et al., 2013. */
export const ftrl = defineOptimizer({
  kind: 'ftrl',
  keras: { name: 'Ftrl' },
  learningRate: 0.001,
  options: z.strictObject({
    /** How the rate falls with the sum of squares: −0.5 as its root, 0 not at all. */
    learningRatePower: z.number().max(0).default(-0.5),
    initialAccumulatorValue: z.number().nonnegative().default(0.1),
    /** Makes weights 0 that are worth less. */
    l1RegularizationStrength: strength,
    l2RegularizationStrength: strength,
    /** Adds the gradient of an L2 penalty to the gradient. */
    l2ShrinkageRegularizationStrength: strength,
    beta: strength,
  }),
  slots: { accumulator: ({ initialAccumulatorValue }) => initialAccumulatorValue, linear: 0 },
  step({ options, rate, gradient, weight, slots }) {
    const { l1RegularizationStrength: l1, l2RegularizationStrength: l2, l2ShrinkageRegularizationStrength: shrinkage } = options;
    const power = (sum: Tensor) => tf.pow(sum, -options.learningRatePower);
    const accumulator = tf.add(slots.accumulator, tf.square(gradient));
    const grown = power(accumulator);
    const sigma = tf.div(tf.sub(grown, power(slots.accumulator)), rate);
    const pull = shrinkage === 0 ? gradient : tf.add(gradient, tf.mul(weight, 2 * shrinkage));
    const linear = tf.add(slots.linear, tf.sub(pull, tf.mul(sigma, weight)));
    const quadratic = tf.add(tf.div(tf.add(grown, options.beta), rate), 2 * l2);
    return { weight: tf.div(tf.sub(tf.clipByValue(linear, -l1, l1), linear), quadratic), slots: { accumulator, linear } };
  },
});
