import { z } from 'zod';
import { activations } from '../src/core/activations.ts';
import { ModelError } from '../src/core/errors.ts';
import { defineLayer } from '../src/core/layer.ts';
import { show } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';

const farBelow = 1e9;

/** `eˣ / Σ eˣ` over an axis, counted with the batch axis as 0 or, negative, from the end. Entries that a mask of the input's own shape leaves out get 0. Shapes stay. */
export const softmax = defineLayer({
  kind: 'softmax',
  keras: { name: 'Softmax' },
  options: z.strictObject({ axis: z.union([z.int(), z.array(z.int()).min(1)]).default(-1) }),
  mask: 'pass',
  build({ axis }, input) {
    const rank = input.length + 1;
    for (const each of [axis].flat()) {
      if (each >= rank || each < -rank) throw new ModelError('softmax', `has no axis ${each} to work along, since one example is ${show(input)}; take one of ${-rank} … ${rank - 1} (0 is the batch)`);
    }
    return { output: input };
  },
  call(x, { options: { axis }, mask }) {
    // A mask of steps says nothing about the entries of one step.
    if (!mask || mask.rank !== x.rank) return softmaxOver(x, [axis].flat());
    const kept = tf.cast(mask, 'float32');
    return tf.mul(softmaxOver(tf.add(x, tf.mul(tf.sub(kept, 1), farBelow)), [axis].flat()), kept);
  },
});

function softmaxOver(x: Tensor, axes: readonly number[]): Tensor {
  const along = axes.map((axis) => (axis + x.rank) % x.rank);
  if (along.length > 1) {
    const shifted = tf.sub(x, tf.max(x, along, true));
    const powers = tf.exp(shifted);
    return tf.div(powers, tf.sum(powers, along, true));
  }
  const [axis] = along as [number];
  if (axis === x.rank - 1) return activations.softmax(x);
  const order = x.shape.map((_, i) => (i === axis ? x.rank - 1 : i === x.rank - 1 ? axis : i));
  return tf.transpose(activations.softmax(tf.transpose(x, order)), order);
}
