import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { channelAxis, colourOptions, contrasted } from './shared/colour.ts';
import { drawn } from './shared/range.ts';

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
    ...colourOptions,
  }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(x, { options: { factor: [less, more], ...options }, training, random }) {
    if (!training) return x;
    return contrasted(x, drawn(random, [1 - less, 1 + more], [x.shape[0]!, 1, 1, 1], options.seed), channelAxis(options.dataFormat), options.valueRange);
  },
});
