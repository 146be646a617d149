import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { seed } from './shared/noise.ts';
import { drawn, rangeOption } from './shared/range.ts';
import { dataFormat, fromChannelsLast, toChannelsLast } from './shared/space.ts';
import { warp, warpOptions } from './shared/warp.ts';

const factor = rangeOption(-1, 1);

/** While training, moves each image down and to the right by a random share of its height and width (up and left where negative). Shapes stay. */
export const randomTranslation = defineLayer({
  kind: 'randomTranslation',
  keras: { name: 'RandomTranslation', ignore: ['bounding_box_format'] },
  options: z.strictObject({ heightFactor: factor, widthFactor: factor, ...warpOptions, dataFormat, seed }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(x, { options, training, random }) {
    if (!training) return x;
    const images = toChannelsLast(x, options.dataFormat);
    const [batch, height, width] = images.shape as [number, number, number];
    const down = tf.mul(drawn(random, options.heightFactor, [batch, 1], options.seed), height);
    const right = tf.mul(drawn(random, options.widthFactor, [batch, 1], options.seed), width);
    const [one, none] = [tf.ones([batch, 1]), tf.zeros([batch, 1])];
    return fromChannelsLast(warp(images, tf.concat([one, none, tf.neg(right)], 1), tf.concat([none, one, tf.neg(down)], 1), options), options.dataFormat);
  },
});
