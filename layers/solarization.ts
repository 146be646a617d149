import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { valueRange } from './shared/colour.ts';
import { seed } from './shared/noise.ts';
import { drawn, rangeUpTo, type Range } from './shared/range.ts';

/** Keras takes only the upper end for a share of 255. */
const of255 = ([from, to]: Range): Range => [from, to * 255];

/**
 * While training, adds a random share of the whole range to each image, then inverts what is not below a random threshold; a threshold of 0 inverts
 * all. Shapes stay.
 */
export const solarization = defineLayer({
  kind: 'solarization',
  keras: { name: 'Solarization', ignore: ['bounding_box_format', 'data_format'] },
  options: z.strictObject({ additionFactor: rangeUpTo(0, 1).prefault(0), thresholdFactor: rangeUpTo(0, 1).prefault(0), valueRange, seed }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(x, { options: { additionFactor, thresholdFactor, valueRange: [low, high], seed: own }, training, random }) {
    if (!training) return x;
    const each = [x.shape[0]!, 1, 1, 1];
    const scale = 255 / (high - low);
    const added = tf.clipByValue(tf.add(tf.mul(tf.sub(x, low), scale), drawn(random, of255(additionFactor), each, own)), 0, 255);
    const inverted = tf.cast(tf.greaterEqual(added, drawn(random, of255(thresholdFactor), each, own)), 'float32');
    const turned = tf.add(added, tf.mul(inverted, tf.sub(255, tf.mul(added, 2))));
    return tf.add(tf.div(turned, scale), low);
  },
});
