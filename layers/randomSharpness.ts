import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { colourOptions } from './shared/colour.ts';
import { drawn, rangeUpTo } from './shared/range.ts';
import { fromChannelsLast, toChannelsLast } from './shared/space.ts';

const [around, middle] = [1 / 13, 5 / 13];

/** While training, blurs or sharpens each image by a random factor: 0 blurs, 0.5 leaves it, 1 sharpens. Cuts what leaves `valueRange`. Shapes stay. */
export const randomSharpness = defineLayer({
  kind: 'randomSharpness',
  keras: { name: 'RandomSharpness', ignore: ['bounding_box_format'] },
  options: z.strictObject({ factor: rangeUpTo(0, 1), ...colourOptions }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(given, { options: { factor, valueRange: [low, high], ...options }, training, random }) {
    if (!training) return given;
    const x = toChannelsLast(given, options.dataFormat) as Tensor & { rank: 4 };
    const channels = x.shape.at(-1)!;
    const kernel = tf.tensor4d(Float32Array.from({ length: 9 * channels }, (_, i) => (Math.floor(i / channels) === 4 ? middle : around)), [3, 3, channels, 1]);
    const smooth = tf.depthwiseConv2d(x as never, kernel, 1, 'same') as Tensor;
    const blur = tf.sub(1, tf.mul(drawn(random, factor, [x.shape[0]!, 1, 1, 1], options.seed), 2));
    return fromChannelsLast(tf.clipByValue(tf.add(x, tf.mul(blur, tf.sub(smooth, x))), low, high), options.dataFormat);
  },
});
