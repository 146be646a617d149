import { z } from 'zod';
import { defineOptimizer, share, type OptimizerKerasForm } from '../src/core/optimizer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { correction, movingMean } from './movingMean.ts';

interface Betas { readonly beta1: number; readonly beta2: number }

/** The rate with the corrections of both means for their start at zero; scalar. */
export const correctedRate = ({ beta1, beta2 }: Betas, rate: Tensor, time: Tensor): Tensor =>
  tf.div(tf.mul(rate, tf.sqrt(correction(beta2, time))), correction(beta1, time));

/** Adam and AdamW differ in their weight decay alone. */
export const defineAdam = <const K extends string>({ kind, keras, ...decay }: { kind: K; keras: OptimizerKerasForm; weightDecay?: number }) => defineOptimizer({
  kind,
  keras: { rename: { beta1: 'beta_1', beta2: 'beta_2' }, blocks: ['velocityHat'], ...keras },
  learningRate: 0.001,
  ...decay,
  options: z.strictObject({
    /** What the mean of the gradients keeps at each update. */
    beta1: share.default(0.9),
    /** What the mean of their squares keeps. */
    beta2: share.default(0.999),
    epsilon: z.number().nonnegative().default(1e-7),
    /** Divides by the largest mean square so far. */
    amsgrad: z.boolean().default(false),
  }),
  slots: { momentum: 0, velocity: 0, velocityHat: ({ amsgrad }) => (amsgrad ? 0 : undefined) },
  // Numbers become tensors here once, and not for every weight.
  scalars: ({ options, rate, time }) => ({
    rate: correctedRate(options, rate, time),
    fresh1: tf.scalar(1 - options.beta1),
    fresh2: tf.scalar(1 - options.beta2),
    epsilon: tf.scalar(options.epsilon),
  }),
  step({ scalars: { rate, fresh1, fresh2, epsilon }, gradient, weight, slots }) {
    const momentum = movingMean(slots.momentum, gradient, fresh1);
    const velocity = movingMean(slots.velocity, tf.square(gradient), fresh2);
    const velocityHat = slots.velocityHat && tf.maximum(slots.velocityHat, velocity);
    const deviation = tf.add(tf.sqrt(velocityHat ?? velocity), epsilon);
    return { weight: tf.sub(weight, tf.div(tf.mul(momentum, rate), deviation)), slots: { momentum, velocity, velocityHat } };
  },
});

/** Adam: running means of the gradient and of its square set the step of each element. Kingma and Ba, 2015; `amsgrad`: Reddi et al., 2018. */
export const adam = defineAdam({ kind: 'adam', keras: { name: 'Adam' } });
