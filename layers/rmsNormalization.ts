import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { weight } from '../src/core/weight.ts';
import { tf } from '../src/core/tensor.ts';
import { along, axesOption, checkAxes, sizesAlong } from './shared/axes.ts';
import { known } from './shared/known.ts';

/** Divides each example by its root mean square along some axes, and multiplies by a learnt scale. Shapes stay. Zhang and Sennrich, 2019. */
export const rmsNormalization = defineLayer({
  kind: 'rmsNormalization',
  keras: { name: 'RMSNormalization' },
  options: z.strictObject({ axis: axesOption.prefault(-1), epsilon: z.number().positive().default(1e-6) }),
  rank: { atLeast: 1 },
  mask: 'pass',
  build({ axis }, input) {
    checkAxes('rmsNormalization', axis, input);
    const sizes = sizesAlong(axis, input).map((size) => known('rmsNormalization', 'features', size, input));
    return { output: input, weights: { scale: weight(sizes, 'ones') } };
  },
  call: (x, { options: { axis, epsilon }, weights: { scale } }) =>
    tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), axis, true), epsilon))), along(x, axis, scale)),
});
