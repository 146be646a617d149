import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { channelAxis, checkColours, grayscale } from './shared/colour.ts';
import { seed } from './shared/noise.ts';
import { dataFormat } from './shared/space.ts';

/** While training, takes the colours out of an image with the probability `factor`. Shapes stay. */
export const randomGrayscale = defineLayer({
  kind: 'randomGrayscale',
  keras: { name: 'RandomGrayscale', ignore: ['bounding_box_format'] },
  options: z.strictObject({ factor: z.number().min(0).max(1).default(0.5), dataFormat, seed }),
  rank: 3,
  build(options, input) {
    checkColours('randomGrayscale', input, options.dataFormat);
    return { output: input };
  },
  call(x, { options, training, random }) {
    if (!training) return x;
    const taken = tf.cast(tf.less(random.uniform([x.shape[0]!, 1, 1, 1], options.seed), options.factor), 'float32');
    return tf.add(x, tf.mul(taken, tf.sub(grayscale(x, channelAxis(options.dataFormat)), x)));
  },
});
