import { z } from 'zod';
import { defineSchedule } from '../../src/core/schedule.ts';
import { tf } from '../../src/core/tensor.ts';

/**
 * Cosine decay that starts anew when it has come down: the n-th time it takes `firstDecaySteps · tMul ^ n` steps, from
 * `initialLearningRate · mMul ^ n`. Loshchilov and Hutter, 2017.
 */
export const cosineDecayRestarts = defineSchedule({
  kind: 'cosineDecayRestarts',
  keras: { name: 'CosineDecayRestarts', ignore: ['name'] },
  options: z.strictObject({
    initialLearningRate: z.number().nonnegative(),
    firstDecaySteps: z.number().positive(),
    tMul: z.number().min(1).default(2),
    mMul: z.number().nonnegative().default(1),
    alpha: z.number().nonnegative().default(0),
  }),
  call: ({ initialLearningRate, firstDecaySteps, tMul, mMul, alpha }) => (step) => {
    const decays = tf.div(step, firstDecaySteps);
    // Restarts so far; with growing periods they lie at the partial sums of a geometric series.
    const restarts = tf.floor(tMul === 1 ? decays : tf.div(tf.log(tf.add(tf.mul(decays, tMul - 1), 1)), Math.log(tMul)));
    const period = tf.pow(tMul, restarts);
    const begun = tMul === 1 ? restarts : tf.div(tf.sub(period, 1), tMul - 1);
    const fraction = tf.div(tf.sub(decays, begun), period);
    const wave = tf.mul(tf.mul(tf.add(tf.cos(tf.mul(fraction, Math.PI)), 1), 0.5), tf.pow(mMul, restarts));
    return tf.mul(tf.add(tf.mul(wave, 1 - alpha), alpha), initialLearningRate);
  },
});
