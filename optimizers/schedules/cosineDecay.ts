import { z } from 'zod';
import { defineSchedule } from '../../src/core/schedule.ts';
import { tf } from '../../src/core/tensor.ts';

/**
 * Half a cosine from `initialLearningRate` down to `alpha` times that in `decaySteps`; then it stays there. With `warmupTarget` the rate
 * first rises in a line from `initialLearningRate` to the target, in `warmupSteps`, and decays from there. Loshchilov and Hutter, 2017.
 */
export const cosineDecay = defineSchedule({
  kind: 'cosineDecay',
  keras: { name: 'CosineDecay', ignore: ['name'] },
  options: z.strictObject({
    initialLearningRate: z.number().nonnegative(),
    decaySteps: z.number().positive(),
    alpha: z.number().nonnegative().default(0),
    warmupTarget: z.number().nonnegative().nullable().default(null),
    warmupSteps: z.number().nonnegative().default(0),
  }),
  call({ initialLearningRate, decaySteps, alpha, warmupTarget, ...options }) {
    const warmupSteps = warmupTarget === null ? 0 : options.warmupSteps;
    const top = warmupTarget ?? initialLearningRate;
    return (step) => {
      const fraction = tf.div(tf.minimum(warmupSteps > 0 ? tf.sub(step, warmupSteps) : step, decaySteps), decaySteps);
      const wave = tf.mul(tf.add(tf.cos(tf.mul(fraction, Math.PI)), 1), 0.5);
      const decayed = tf.mul(tf.add(tf.mul(wave, 1 - alpha), alpha), top);
      if (warmupSteps === 0) return decayed;
      const rising = tf.add(tf.mul(tf.div(step, warmupSteps), top - initialLearningRate), initialLearningRate);
      return tf.where(tf.less(step, warmupSteps), rising, decayed);
    };
  },
});
