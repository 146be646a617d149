import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { channelAxis, checkColours, colourOptions, grayscale } from './shared/colour.ts';
import { drawn, rangeUpTo } from './shared/range.ts';

/** While training, takes a random share of the colours out of each image: 0 none, 1 all of them. Cuts what leaves `valueRange`. Shapes stay. */
export const randomColorDegeneration = defineLayer({
  kind: 'randomColorDegeneration',
  keras: { name: 'RandomColorDegeneration', ignore: ['bounding_box_format'] },
  options: z.strictObject({ factor: rangeUpTo(-1, 1), ...colourOptions }),
  rank: 3,
  build(options, input) {
    checkColours('randomColorDegeneration', input, options.dataFormat);
    return { output: input };
  },
  call(x, { options: { factor, valueRange: [low, high], ...options }, training, random }) {
    if (!training) return x;
    const share = drawn(random, factor, [x.shape[0]!, 1, 1, 1], options.seed);
    return tf.clipByValue(tf.add(x, tf.mul(share, tf.sub(grayscale(x, channelAxis(options.dataFormat)), x))), low, high);
  },
});
