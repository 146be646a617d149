import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { seed } from './shared/noise.ts';
import { drawn, rangeOption } from './shared/range.ts';

/** While training, adds to each image a random share of the width of `valueRange`, and cuts what leaves that range. Shapes stay. */
export const randomBrightness = defineLayer({
  kind: 'randomBrightness',
  keras: { name: 'RandomBrightness', ignore: ['bounding_box_format', 'data_format'] },
  options: z.strictObject({ factor: rangeOption(-1, 1), valueRange: z.tuple([z.number(), z.number()]).default([0, 255]), seed }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(x, { options: { factor, valueRange: [low, high], ...options }, training, random }) {
    if (!training) return x;
    const lighter = tf.mul(drawn(random, factor, [x.shape[0]!, 1, 1, 1], options.seed), high - low);
    return tf.clipByValue(tf.add(x, lighter), low, high);
  },
});
