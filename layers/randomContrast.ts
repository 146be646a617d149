import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { seed } from './shared/noise.ts';
import { drawn } from './shared/range.ts';
import { dataFormat } from './shared/space.ts';

const share = z.number().min(0).max(1);

/**
 * While training, stretches the distance of each channel to its mean: by a random factor from `1 − factor` to `1 + factor`, or `factor: [less, more]` from
 * `1 − less` to `1 + more`. Cuts what leaves `valueRange`. Shapes stay.
 */
export const randomContrast = defineLayer({
  kind: 'randomContrast',
  keras: { name: 'RandomContrast', ignore: ['bounding_box_format'] },
  options: z.strictObject({
    factor: z.union([share.transform((n): [number, number] => [n, n]), z.tuple([share, share])]),
    valueRange: z.tuple([z.number(), z.number()]).default([0, 255]),
    dataFormat,
    seed,
  }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(x, { options: { factor: [less, more], valueRange: [low, high], ...options }, training, random }) {
    if (!training) return x;
    const mean = tf.mean(x, options.dataFormat === 'channelsFirst' ? [2, 3] : [1, 2], true);
    const stretch = drawn(random, [1 - less, 1 + more], [x.shape[0]!, 1, 1, 1], options.seed);
    return tf.clipByValue(tf.add(tf.mul(tf.sub(x, mean), stretch), mean), low, high);
  },
});
