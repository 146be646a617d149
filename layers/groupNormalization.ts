import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { checkAxes, sizesAlong } from './shared/axes.ts';
import { known } from './shared/known.ts';
import { scaleAndShift, scaleAndShiftWeights } from './shared/scaleAndShift.ts';

const groupsOf = (groups: number, channels: number) => (groups === -1 ? channels : groups);

/**
 * Brings each group of channels of each example to mean 0 and deviation 1, then scales by gamma and shifts by beta. Shapes stay.
 * Wu and He, 2018. With `groups: -1` each channel is a group: instance normalization.
 */
export const groupNormalization = defineLayer({
  kind: 'groupNormalization',
  keras: { name: 'GroupNormalization' },
  options: z.strictObject({
    groups: z.union([z.int().positive(), z.literal(-1)]).default(32),
    axis: z.int().default(-1),
    epsilon: z.number().positive().default(1e-3),
    ...scaleAndShift,
  }),
  rank: { atLeast: 1 },
  mask: 'pass',
  build({ groups, axis, ...options }, input) {
    checkAxes('groupNormalization', [axis], input);
    const channels = known('groupNormalization', 'channels', sizesAlong([axis], input)[0], input);
    if (channels % groupsOf(groups, channels) !== 0) throw new ModelError('groupNormalization', `cannot divide ${channels} channels into ${groups} groups of one size; take a number of groups that divides ${channels}`);
    return { output: input, weights: scaleAndShiftWeights([channels], options) };
  },
  call(x, { options, weights: { gamma, beta } }) {
    const axis = (options.axis + x.rank) % x.rank;
    const channels = x.shape[axis]!;
    const groups = groupsOf(options.groups, channels);
    const apart = [groups, channels / groups];
    const grouped = tf.reshape(x, x.shape.flatMap((n, i) => (i === axis ? apart : [n])));
    const others = grouped.shape.flatMap((_, i) => (i === 0 || i === axis ? [] : [i]));
    const along = (w: Tensor) => tf.reshape(w, x.shape.flatMap((_, i) => (i === axis ? apart : [1])));
    const centred = tf.sub(grouped, tf.mean(grouped, others, true));
    const y = tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), others, true), options.epsilon)));
    const scaled = gamma ? tf.mul(y, along(gamma)) : y;
    return tf.reshape(beta ? tf.add(scaled, along(beta)) : scaled, x.shape);
  },
});
