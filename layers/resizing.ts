import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { cutToProportions, padToProportions } from './shared/crop.ts';
import { interpolations, resample } from './shared/resampling.ts';
import { dataFormat, fromChannelsLast, spaceOf, spaceShape, toChannelsLast } from './shared/space.ts';

const side = z.int().positive();

/** Brings images to one size: `[h, w, channels]` → `[height, width, channels]`; it stretches them, or first cuts or frames them to keep their proportions. */
export const resizing = defineLayer({
  kind: 'resizing',
  keras: { name: 'Resizing', ignore: ['bounding_box_format', 'fill_mode'] },
  options: z.strictObject({
    height: side,
    width: side,
    interpolation: z.enum(interpolations).default('bilinear'),
    cropToAspectRatio: z.boolean().default(false),
    padToAspectRatio: z.boolean().default(false),
    /** What images are framed with. */
    fillValue: z.number().default(0),
    /** Whether all points count when an image shrinks, not just those next to the new ones. */
    antialias: z.boolean().default(false),
    dataFormat,
  }),
  rank: 3,
  build({ height, width, ...options }, input) {
    if (options.cropToAspectRatio && options.padToAspectRatio) throw new ModelError('resizing', 'cannot both cut and frame images to their proportions; leave cropToAspectRatio or padToAspectRatio out');
    return { output: spaceShape([height, width], spaceOf(input, options.dataFormat).channels, options.dataFormat) };
  },
  call(x, { options }) {
    const size = [options.height, options.width] as const;
    const images = toChannelsLast(x, options.dataFormat);
    const kept = options.cropToAspectRatio ? cutToProportions(images, size) : images;
    const framed = options.padToAspectRatio ? padToProportions(kept, size, options.fillValue) : kept;
    return fromChannelsLast(resample(framed, size, options.interpolation, options.antialias), options.dataFormat);
  },
});
