import { z } from 'zod';
import { constraint } from '../src/core/constraints.ts';
import { initializer } from '../src/core/initializers.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { weight } from '../src/core/weight.ts';
import { regularizer } from '../src/core/regularizers.ts';
import { tf } from '../src/core/tensor.ts';
import { axisOf } from './shared/axis.ts';
import { known } from './shared/known.ts';

/** `x` where positive, else `alpha · x` with a learned `alpha` for each place; `sharedAxes` share one (the batch is axis 0). Shapes stay. He et al., 2015. */
export const prelu = defineLayer({
  kind: 'prelu',
  keras: { name: 'PReLU' },
  options: z.strictObject({
    alphaInitializer: initializer.prefault('zeros'),
    alphaRegularizer: regularizer,
    alphaConstraint: constraint,
    sharedAxes: z.array(z.int()).nullable().default(null),
  }),
  rank: { atLeast: 1 },
  mask: 'pass',
  build({ sharedAxes, ...options }, input) {
    const shared = (sharedAxes ?? []).map((axis) => axisOf('prelu', axis, input) - 1);
    const sizes = input.map((n, i) => (shared.includes(i) ? 1 : known('prelu', `entries along axis ${i + 1} (or that axis in sharedAxes)`, n, input)));
    return {
      output: input,
      weights: { alpha: weight(sizes, options.alphaInitializer, { regularizer: options.alphaRegularizer, constraint: options.alphaConstraint }) },
    };
  },
  call: (x, { weights: { alpha } }) => tf.sub(tf.relu(x), tf.mul(tf.relu(tf.neg(x)), alpha)),
});
