import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { colourOptions } from './shared/colour.ts';
import { drawn } from './shared/range.ts';

const bits = z.int().min(1).max(8);

/** While training, leaves each image so many of the 8 bits of its channels: `factor: n` from 1 up to `n`, `[least, most]` less than `most`. Shapes stay. */
export const randomPosterization = defineLayer({
  kind: 'randomPosterization',
  keras: { name: 'RandomPosterization', ignore: ['bounding_box_format'] },
  options: z.strictObject({
    factor: z.union([bits.transform((n): [number, number] => [1, n]), z.tuple([bits, bits]).refine(([from, to]) => from <= to, 'must ascend')]),
    ...colourOptions,
  }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(x, { options: { factor, valueRange: [low, high], seed }, training, random }) {
    if (!training) return x;
    // So much of 256 is told apart.
    const step = tf.pow(2, tf.sub(8, tf.floor(drawn(random, factor, [x.shape[0]!, 1, 1, 1], seed))));
    const of255 = tf.floor(tf.mul(tf.sub(x, low), 255 / (high - low)));
    return tf.add(tf.mul(tf.mul(tf.floor(tf.div(of255, step)), step), (high - low) / 255), low);
  },
});
