import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { axesOption, checkAxes } from './shared/axes.ts';

/** Divides each example by its Euclidean length along some axes, which becomes 1; zeros stay zeros. Shapes stay. */
export const unitNormalization = defineLayer({
  kind: 'unitNormalization',
  keras: { name: 'UnitNormalization' },
  options: z.strictObject({ axis: axesOption.prefault(-1) }),
  rank: { atLeast: 1 },
  mask: 'pass',
  build({ axis }, input) {
    checkAxes('unitNormalization', axis, input);
    return { output: input };
  },
  call: (x, { options: { axis } }) => tf.mul(x, tf.rsqrt(tf.maximum(tf.sum(tf.square(x), axis, true), 1e-24))),
});
