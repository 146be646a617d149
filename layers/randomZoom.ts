import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { seed } from './shared/noise.ts';
import { drawn, rangeOption } from './shared/range.ts';
import { dataFormat, fromChannelsLast, toChannelsLast } from './shared/space.ts';
import { warp, warpOptions } from './shared/warp.ts';

const factor = rangeOption(-1, 1);

/**
 * While training, shows more (`[0.1, 0.3]`: 10 to 30 % more) or less (`[-0.3, -0.1]`) of each image, about its middle. Without `widthFactor` it keeps the
 * proportions. Shapes stay.
 */
export const randomZoom = defineLayer({
  kind: 'randomZoom',
  keras: { name: 'RandomZoom', ignore: ['bounding_box_format'] },
  options: z.strictObject({ heightFactor: factor, widthFactor: factor.nullable().default(null), ...warpOptions, dataFormat, seed }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(x, { options, training, random }) {
    if (!training) return x;
    const images = toChannelsLast(x, options.dataFormat);
    const [batch, height, width] = images.shape as [number, number, number];
    const tall = tf.add(drawn(random, options.heightFactor, [batch, 1], options.seed), 1);
    const wide = options.widthFactor ? tf.add(drawn(random, options.widthFactor, [batch, 1], options.seed), 1) : tall;
    const none = tf.zeros([batch, 1]);
    const shift = (scale: Tensor, length: number) => tf.mul(tf.sub(1, scale), (length - 1) / 2);
    return fromChannelsLast(warp(images, tf.concat([wide, none, shift(wide, width)], 1), tf.concat([none, tall, shift(tall, height)], 1), options), options.dataFormat);
  },
});
