import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import type { Json } from '../src/core/keras.ts';
import { tf } from '../src/core/tensor.ts';
import { seed } from './shared/noise.ts';
import { drawn, rangeUpTo } from './shared/range.ts';
import { dataFormat, fromChannelsLast, toChannelsLast } from './shared/space.ts';
import { warp, warpOptions } from './shared/warp.ts';

/** Of a number Keras writes a range that it does not read; the way is drawn apart. */
const upTo = (factor: Json): Json => (Array.isArray(factor) && Number(factor[0]) < 0 ? [0, Number(factor[1])] : factor);

/** While training, slants each image: a point is taken from as far to the side as its row times a random factor says, either way, and likewise up or down. Shapes stay. */
export const randomShear = defineLayer({
  kind: 'randomShear',
  keras: { name: 'RandomShear', ignore: ['bounding_box_format'], read: (config) => ({ ...config, x_factor: upTo(config.x_factor ?? 0), y_factor: upTo(config.y_factor ?? 0) }) },
  options: z.strictObject({ xFactor: rangeUpTo(0, 1).prefault(0), yFactor: rangeUpTo(0, 1).prefault(0), ...warpOptions, dataFormat, seed }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(x, { options: { xFactor, yFactor, ...options }, training, random }) {
    if (!training) return x;
    const images = toChannelsLast(x, options.dataFormat);
    const each = [images.shape[0]!, 1];
    const way = tf.sub(1, tf.mul(tf.cast(tf.greater(random.uniform(each, options.seed), 0.5), 'float32'), 2));
    const [one, none] = [tf.ones(each), tf.zeros(each)];
    const columns = tf.concat([one, tf.mul(way, drawn(random, xFactor, each, options.seed)), none], 1);
    const rows = tf.concat([tf.mul(way, drawn(random, yFactor, each, options.seed)), one, none], 1);
    return fromChannelsLast(warp(images, columns, rows, options), options.dataFormat);
  },
});
