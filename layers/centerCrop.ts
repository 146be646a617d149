import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { cutToProportions, middle } from './shared/crop.ts';
import { resample } from './shared/resampling.ts';
import { dataFormat, fromChannelsLast, spaceOf, spaceShape, toChannelsLast } from './shared/space.ts';

const side = z.int().positive();

/** The middle of an image: `[h, w, channels]` → `[height, width, channels]`. Of a smaller image, the largest part of the same proportions, enlarged. */
export const centerCrop = defineLayer({
  kind: 'centerCrop',
  keras: { name: 'CenterCrop', ignore: ['bounding_box_format'] },
  options: z.strictObject({ height: side, width: side, dataFormat }),
  rank: 3,
  build: ({ height, width, ...options }, input) => ({ output: spaceShape([height, width], spaceOf(input, options.dataFormat).channels, options.dataFormat) }),
  call(x, { options }) {
    const size = [options.height, options.width] as const;
    const images = toChannelsLast(x, options.dataFormat);
    const fits = images.shape[1]! >= size[0] && images.shape[2]! >= size[1];
    return fromChannelsLast(fits ? middle(images, size) : resample(cutToProportions(images, size), size, 'bilinear'), options.dataFormat);
  },
});
