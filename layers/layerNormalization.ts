import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { along, axesOption, checkAxes, sizesAlong } from './shared/axes.ts';
import { known } from './shared/known.ts';
import { scaleAndShift, scaleAndShiftWeights } from './shared/scaleAndShift.ts';

/** Brings each example to mean 0 and deviation 1 along some axes, then scales by gamma and shifts by beta. Shapes stay. Ba et al., 2016. */
export const layerNormalization = defineLayer({
  kind: 'layerNormalization',
  keras: { name: 'LayerNormalization' },
  options: z.strictObject({ axis: axesOption.prefault(-1), epsilon: z.number().positive().default(1e-3), ...scaleAndShift }),
  rank: { atLeast: 1 },
  mask: 'pass',
  build({ axis, ...options }, input) {
    checkAxes('layerNormalization', axis, input);
    const sizes = sizesAlong(axis, input).map((size) => known('layerNormalization', 'features', size, input));
    return { output: input, weights: scaleAndShiftWeights(sizes, options) };
  },
  call(x, { options: { axis, epsilon }, weights: { gamma, beta } }) {
    const centred = tf.sub(x, tf.mean(x, axis, true));
    const y = tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), axis, true), epsilon)));
    const scaled = gamma ? tf.mul(y, along(x, axis, gamma)) : y;
    return beta ? tf.add(scaled, along(x, axis, beta)) : scaled;
  },
});
