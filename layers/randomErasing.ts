import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { colourOptions } from './shared/colour.ts';
import { chosen, drawn, rangeUpTo } from './shared/range.ts';

/**
 * While training, fills a rectangle of an image with noise, or with `fillValue`, with a probability drawn from `factor`. Its height and width are the
 * square roots of shares drawn from `scale`. Zhong et al., 2017. Shapes stay.
 */
export const randomErasing = defineLayer({
  kind: 'randomErasing',
  keras: { name: 'RandomErasing', ignore: ['bounding_box_format'] },
  options: z.strictObject({
    factor: rangeUpTo(0, 1).prefault(1), scale: rangeUpTo(0, 1).prefault([0.02, 0.33]),
    fillValue: z.union([z.number(), z.tuple([z.number(), z.number(), z.number()])]).nullable().default(null),
    ...colourOptions,
  }),
  rank: 3,
  build: (_, input) => ({ output: input }),
  call(x, { options: { factor, scale, fillValue, valueRange: [low, high], ...options }, training, random }) {
    if (!training) return x;
    const first = options.dataFormat === 'channelsFirst';
    const each = [x.shape[0]!, 1, 1, 1];
    /** 1 along an axis from a random place on, for a random length. */
    const stretch = (axis: number): Tensor => {
      const size = x.shape[axis]!;
      const length = tf.mul(tf.sqrt(drawn(random, scale, each, options.seed)), size);
      const start = tf.mul(random.uniform(each, options.seed), tf.sub(size, length));
      const places = tf.reshape(tf.range(0, size, 1, 'float32'), [1, 1, 1, 1].map((n, i) => (i === axis ? size : n)));
      return tf.cast(tf.logicalAnd(tf.greaterEqual(places, start), tf.less(places, tf.add(start, length))), 'float32');
    };
    const erased = tf.mul(tf.mul(stretch(first ? 2 : 1), stretch(first ? 3 : 2)), chosen(random, factor, x.shape[0]!, options.seed));
    const fill = fillValue === null ? tf.mul(random.normal(x.shape, options.seed), high)
      : typeof fillValue === 'number' ? tf.scalar(fillValue) : tf.tensor([...fillValue], first ? [1, 3, 1, 1] : [1, 1, 1, 3]);
    return tf.add(x, tf.mul(erased, tf.sub(tf.clipByValue(fill, low, high), x)));
  },
});
