import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { colourOptions } from './shared/colour.ts';
import { chosen, rangeUpTo } from './shared/range.ts';

/** While training, turns an image into its negative with a probability drawn from `factor`. Shapes stay. */
export const randomInvert = defineLayer({
  kind: 'randomInvert',
  keras: { name: 'RandomInvert', ignore: ['bounding_box_format'] },
  options: z.strictObject({ factor: rangeUpTo(0, 1).prefault(1), ...colourOptions }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(x, { options: { factor, valueRange, seed }, training, random }) {
    if (!training) return x;
    return tf.add(x, tf.mul(chosen(random, factor, x.shape[0]!, seed), tf.sub(valueRange[1], tf.mul(x, 2))));
  },
});
