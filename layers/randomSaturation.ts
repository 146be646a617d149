import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { channelAxis, checkColours, colourOptions, saturated } from './shared/colour.ts';
import { drawn, rangeUpTo } from './shared/range.ts';

/** While training, multiplies the saturation of each image by `f / (1 − f)` with a random `f`: 0 makes it gray, 0.5 leaves it, 1 gives full colours. Shapes stay. */
export const randomSaturation = defineLayer({
  kind: 'randomSaturation',
  keras: { name: 'RandomSaturation', ignore: ['bounding_box_format'] },
  options: z.strictObject({ factor: rangeUpTo(-1, 1), ...colourOptions }),
  rank: 3,
  build(options, input) {
    checkColours('randomSaturation', input, options.dataFormat);
    return { output: input };
  },
  call(x, { options, training, random }) {
    if (!training) return x;
    const share = drawn(random, options.factor, [x.shape[0]!, 1, 1, 1], options.seed);
    return saturated(x, tf.div(share, tf.sub(1 + 1e-7, share)), channelAxis(options.dataFormat), options.valueRange);
  },
});
