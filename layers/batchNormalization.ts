import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { initializer } from '../src/core/initializers.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { weight } from '../src/core/weight.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { along, checkAxes, sizesAlong } from './shared/axes.ts';
import { known } from './shared/known.ts';
import { scaleAndShift, scaleAndShiftWeights } from './shared/scaleAndShift.ts';

/** Mean and (biased) variance over all axes but one, of the steps that a mask leaves; with all axes kept at size 1. */
function moments(x: Tensor, axes: number[], mask: Tensor | undefined): { mean: Tensor; variance: Tensor; centred: Tensor } {
  if (!mask) {
    const mean = tf.mean(x, axes, true);
    const centred = tf.sub(x, mean);
    return { mean, centred, variance: tf.mean(tf.square(centred), axes, true) };
  }
  const counts = tf.cast(tf.reshape(mask, [...mask.shape, ...Array<number>(x.rank - mask.rank).fill(1)]), 'float32');
  const others = x.shape.slice(mask.rank, -1).reduce((product, n) => product * n, 1);
  const total = tf.add(tf.mul(tf.sum(counts), others), 1e-7);
  const mean = tf.div(tf.sum(tf.mul(x, counts), axes, true), total);
  const centred = tf.sub(x, mean);
  return { mean, centred, variance: tf.div(tf.sum(tf.mul(tf.square(centred), counts), axes, true), total) };
}

/**
 * Brings each channel to mean 0 and deviation 1, then scales by gamma and shifts by beta: over the batch in training, by
 * moving averages otherwise and while frozen. Ioffe and Szegedy, 2015.
 */
export const batchNormalization = defineLayer({
  kind: 'batchNormalization',
  keras: {
    name: 'BatchNormalization', ignore: ['synchronized', 'renorm', 'renorm_clipping', 'renorm_momentum'],
    read(config) {
      if (config.renorm) throw new ModelError('batchNormalization', 'cannot renormalize batches: save the model with renorm=False');
      // Keras 2 wrote a list.
      return Array.isArray(config.axis) ? { ...config, axis: config.axis[0] as number } : config;
    },
  },
  options: z.strictObject({
    /** The channels; counted as Keras does, with the batch axis at 0. */
    axis: z.int().default(-1),
    momentum: z.number().min(0).max(1).default(0.99),
    epsilon: z.number().positive().default(1e-3),
    movingMeanInitializer: initializer.prefault('zeros'),
    movingVarianceInitializer: initializer.prefault('ones'),
    ...scaleAndShift,
  }),
  rank: { atLeast: 1 },
  mask: 'pass',
  build({ axis, movingMeanInitializer, movingVarianceInitializer, ...options }, input) {
    checkAxes('batchNormalization', [axis], input);
    const channels = [known('batchNormalization', 'channels', sizesAlong([axis], input)[0], input)];
    return {
      output: input,
      weights: {
        ...scaleAndShiftWeights(channels, options),
        movingMean: weight(channels, movingMeanInitializer, { trainable: false }),
        movingVariance: weight(channels, movingVarianceInitializer, { trainable: false }),
      },
    };
  },
  call(x, { options: { axis, momentum, epsilon }, weights: { gamma, beta, movingMean, movingVariance }, training, trainable, mask, update }) {
    const channels = (axis + x.rank) % x.rank;
    const alongChannels = (w: Tensor) => along(x, [axis], w);
    const scaleOf = (variance: Tensor) => {
      const unit = tf.rsqrt(tf.add(variance, epsilon));
      return gamma ? tf.mul(unit, alongChannels(gamma)) : unit;
    };
    if (!training || !trainable) {
      const scale = scaleOf(alongChannels(movingVariance));
      const shift = tf.mul(alongChannels(movingMean), scale);
      return tf.add(tf.mul(x, scale), beta ? tf.sub(alongChannels(beta), shift) : tf.neg(shift));
    }
    const { mean, variance, centred } = moments(x, x.shape.flatMap((_, i) => (i === channels ? [] : [i])), mask);
    const moved = (old: Tensor, now: Tensor) => tf.add(tf.mul(old, momentum), tf.mul(tf.reshape(now, old.shape), 1 - momentum));
    update('movingMean', moved(movingMean, mean));
    update('movingVariance', moved(movingVariance, variance));
    const y = tf.mul(centred, scaleOf(variance));
    return beta ? tf.add(y, alongChannels(beta)) : y;
  },
});
