import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { valueRange } from './shared/colour.ts';

/** Stretches each channel of an image over the whole of `valueRange`, in training and in prediction. A channel of one value stays. Shapes stay. */
export const autoContrast = defineLayer({
  kind: 'autoContrast',
  keras: { name: 'AutoContrast', ignore: ['bounding_box_format', 'data_format'] },
  options: z.strictObject({ valueRange }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(x, { options: { valueRange: [low, high] } }) {
    const least = tf.min(x, [1, 2], true);
    const range = tf.sub(tf.max(x, [1, 2], true), least);
    const varies = tf.step(range);
    const stretched = tf.add(tf.mul(tf.sub(x, least), tf.div(high - low, tf.add(range, tf.sub(1, varies)))), low);
    return tf.add(tf.mul(stretched, varies), tf.mul(x, tf.sub(1, varies)));
  },
});
