import { z } from 'zod';
import { activations } from '../src/core/activations.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { axisOf } from './shared/axis.ts';

const farBelow = 1e9;

/** `eˣ / Σ eˣ` over an axis, or over several, counted with the batch as 0. Entries that a mask of the input's own shape leaves out get 0. Shapes stay. */
export const softmax = defineLayer({
  kind: 'softmax',
  keras: { name: 'Softmax' },
  options: z.strictObject({ axis: z.union([z.int(), z.array(z.int()).min(1)]).default(-1) }),
  mask: 'pass',
  build({ axis }, input) {
    for (const each of [axis].flat()) axisOf('softmax', each, input);
    return { output: input };
  },
  call(x, { options: { axis }, mask }) {
    // A mask of steps says nothing about the entries of one step.
    if (!mask || mask.rank !== x.rank) return over(x, [axis].flat());
    const kept = tf.cast(mask, 'float32');
    return tf.mul(over(tf.add(x, tf.mul(tf.sub(kept, 1), farBelow)), [axis].flat()), kept);
  },
});

function over(x: Tensor, axes: readonly number[]): Tensor {
  if (axes.length === 1) return activations.softmax(x, axes[0]!);
  const powers = tf.exp(tf.sub(x, tf.max(x, [...axes], true)));
  return tf.div(powers, tf.sum(powers, [...axes], true));
}
