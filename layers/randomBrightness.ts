import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { brightened, valueRange } from './shared/colour.ts';
import { seed } from './shared/noise.ts';
import { drawn, rangeOption } from './shared/range.ts';

/** While training, adds to each image a random share of the width of `valueRange`, and cuts what leaves that range. Shapes stay. */
export const randomBrightness = defineLayer({
  kind: 'randomBrightness',
  keras: { name: 'RandomBrightness', ignore: ['bounding_box_format', 'data_format'] },
  options: z.strictObject({ factor: rangeOption(-1, 1), valueRange, seed }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call: (x, { options, training, random }) => (training ? brightened(x, drawn(random, options.factor, [x.shape[0]!, 1, 1, 1], options.seed), options.valueRange) : x),
});
