import { z } from 'zod';
import { defineLayer } from '../src/core/layer.ts';
import { tf } from '../src/core/tensor.ts';

/** `x` cut at `maxValue` where it is above `threshold`, else `negativeSlope · (x − threshold)`. Shapes stay. */
export const reLU = defineLayer({
  kind: 'reLU',
  keras: { name: 'ReLU' },
  options: z.strictObject({
    maxValue: z.number().nonnegative().nullable().default(null),
    negativeSlope: z.number().nonnegative().default(0),
    threshold: z.number().nonnegative().default(0),
  }),
  mask: 'pass',
  build: (_, input) => ({ output: input }),
  call(x, { options: { maxValue, negativeSlope, threshold } }) {
    if (maxValue === null && threshold === 0) return negativeSlope === 0 ? tf.relu(x) : tf.leakyRelu(x, negativeSlope);
    const above = threshold === 0 ? tf.relu(x) : tf.mul(x, tf.step(tf.sub(x, threshold)));
    const positive = maxValue === null ? above : tf.clipByValue(above, 0, maxValue);
    return negativeSlope === 0 ? positive : tf.sub(positive, tf.mul(tf.relu(tf.sub(threshold, x)), negativeSlope));
  },
});
