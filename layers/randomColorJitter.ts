import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import type { Layer } from '../src/core/layer.ts';
import { colourOptions } from './shared/colour.ts';
import { rangeOption, rangeUpTo } from './shared/range.ts';
import { randomBrightness } from './randomBrightness.ts';
import { randomContrast } from './randomContrast.ts';
import { randomHue } from './randomHue.ts';
import { randomSaturation } from './randomSaturation.ts';

/** While training, changes brightness, contrast, saturation and hue of each image, in this order, each by the factor of its own layer; `null` leaves one out. Shapes stay. */
export const randomColorJitter = defineLayer({
  kind: 'randomColorJitter',
  keras: { name: 'RandomColorJitter', ignore: ['bounding_box_format', 'factor'] },
  options: z.strictObject({
    brightnessFactor: rangeOption(-1, 1).nullable().default(null),
    contrastFactor: randomContrast.options.shape.factor.nullable().default(null),
    saturationFactor: rangeUpTo(-1, 1).nullable().default(null),
    hueFactor: rangeUpTo(0, 1).nullable().default(null),
    ...colourOptions,
  }),
  rank: 3,
  layers: ({ brightnessFactor: brightness, contrastFactor: contrast, saturationFactor: saturation, hueFactor: hue, ...rest }): Readonly<Record<string, Layer>> => ({
    ...(brightness && { randomBrightness: randomBrightness({ factor: brightness, valueRange: rest.valueRange, seed: rest.seed }) }),
    ...(contrast && { randomContrast: randomContrast({ factor: contrast, ...rest }) }),
    ...(saturation && { randomSaturation: randomSaturation({ factor: saturation, ...rest }) }),
    ...(hue && { randomHue: randomHue({ factor: hue, ...rest }) }),
  }),
  build(_, input, { inner }) {
    for (const plan of Object.values(inner)) plan(input);
    return { output: input };
  },
  call: (x, { inner, training }) => (training ? Object.values(inner).reduce((image, change) => change(image)[0]!.tensor, x) : x),
});
