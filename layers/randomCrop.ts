import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { cutToProportions } from './shared/crop.ts';
import { seed } from './shared/noise.ts';
import { resample } from './shared/resampling.ts';
import { dataFormat, fromChannelsLast, spaceOf, spaceShape, toChannelsLast } from './shared/space.ts';

const side = z.int().positive();

/**
 * While training, cuts a window out at random, the same for all images of a batch: `[h, w, channels]` → `[height, width, channels]`. In prediction, and
 * for images that are smaller, it takes the largest part of the same proportions and resizes it.
 */
export const randomCrop = defineLayer({
  kind: 'randomCrop',
  keras: { name: 'RandomCrop', ignore: ['bounding_box_format'] },
  options: z.strictObject({ height: side, width: side, dataFormat, seed }),
  rank: 3,
  build: ({ height, width, ...options }, input) => ({ output: spaceShape([height, width], spaceOf(input, options.dataFormat).channels, options.dataFormat) }),
  call(x, { options: { height, width, ...options }, training, random }) {
    const images = toChannelsLast(x, options.dataFormat);
    const [, tall, wide] = images.shape as [number, number, number];
    if (!training || tall < height || wide < width) {
      return fromChannelsLast(resample(cutToProportions(images, [height, width]), [height, width], 'bilinear'), options.dataFormat);
    }
    const within = (length: number, window: number) =>
      tf.cast(tf.add(tf.floor(tf.mul(random.uniform([1], options.seed), length - window + 1)), tf.range(0, window, 1, 'float32')), 'int32');
    return fromChannelsLast(tf.gather(tf.gather(images, within(tall, height), 1), within(wide, width), 2), options.dataFormat);
  },
});
