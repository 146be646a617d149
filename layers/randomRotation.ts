import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { seed } from './shared/noise.ts';
import { drawn, rangeOption } from './shared/range.ts';
import { dataFormat, fromChannelsLast, toChannelsLast } from './shared/space.ts';
import { warp, warpOptions } from './shared/warp.ts';

/** While training, turns each image about its middle by a random share of a full turn: `factor: 0.1` is up to 36° either way. Shapes stay. */
export const randomRotation = defineLayer({
  kind: 'randomRotation',
  keras: { name: 'RandomRotation', ignore: ['bounding_box_format'] },
  options: z.strictObject({ factor: rangeOption(-1, 1), ...warpOptions, dataFormat, seed }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(x, { options, training, random }) {
    if (!training) return x;
    const images = toChannelsLast(x, options.dataFormat);
    const [batch, height, width] = images.shape as [number, number, number];
    const angle = tf.mul(drawn(random, options.factor, [batch, 1], options.seed), 2 * Math.PI);
    const [cos, sin] = [tf.cos(angle), tf.sin(angle)];
    const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
    // A turn about the middle: the middle is taken from itself.
    const columns = tf.concat([cos, tf.neg(sin), tf.add(tf.sub(tf.mul(sin, middleY), tf.mul(cos, middleX)), middleX)], 1);
    const rows = tf.concat([sin, cos, tf.sub(middleY, tf.add(tf.mul(sin, middleX), tf.mul(cos, middleY)))], 1);
    return fromChannelsLast(warp(images, columns, rows, options), options.dataFormat);
  },
});
