import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { channelAxis, checkColours, colourOptions, hueTurned } from './shared/colour.ts';
import { drawn, rangeUpTo } from './shared/range.ts';

/** While training, turns the hues of each image by a random share of half the circle, either way: `factor: 1` up to the opposite colour. Shapes stay. */
export const randomHue = defineLayer({
  kind: 'randomHue',
  keras: { name: 'RandomHue', ignore: ['bounding_box_format'] },
  options: z.strictObject({ factor: rangeUpTo(0, 1), ...colourOptions }),
  rank: 3,
  build(options, input) {
    checkColours('randomHue', input, options.dataFormat);
    return { output: input };
  },
  call(x, { options, training, random }) {
    if (!training) return x;
    const each = [x.shape[0]!, 1, 1, 1];
    const way = tf.sub(1, tf.mul(tf.cast(tf.greater(random.uniform(each, options.seed), 0.5), 'float32'), 2));
    return hueTurned(x, tf.mul(way, tf.mul(drawn(random, options.factor, each, options.seed), 0.5)), channelAxis(options.dataFormat), options.valueRange);
  },
});
