import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineMerge } from '../src/core/defineLayer.ts';
import { show, sized } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { axisOf } from './shared/axis.ts';

const both = (axes: number | readonly number[]): readonly [number, number] => (typeof axes === 'number' ? [axes, axes] : [axes[0]!, axes[1]!]);

/**
 * For each example, sums the products of two inputs along an axis of each (the batch is 0): `[a, k]` and `[b, k]` with `axes: 2` → `[a, b]`; two
 * vectors → `[1]`. With `normalize` each vector along that axis is scaled to length 1, which gives the cosine of their angle.
 */
export const dot = defineMerge({
  kind: 'dot',
  keras: { name: 'Dot' },
  options: z.strictObject({
    axes: z.union([z.int(), z.array(z.int()).refine(({ length }) => length === 2, 'takes one axis, or a list of 2')]),
    normalize: z.boolean().default(false),
  }),
  build(options, inputs) {
    const [a, b] = inputs;
    if (!a || !b || inputs.length !== 2) throw new ModelError('dot', `takes two tensors, got ${inputs.length}; call it as dot({ axes: 1 })([a, b])`);
    const axes = both(options.axes);
    const [first, second] = [axisOf('dot', axes[0], a) - 1, axisOf('dot', axes[1], b) - 1];
    if (a[first] !== null && b[second] !== null && a[first] !== b[second]) {
      throw new ModelError('dot', `needs axes of one size, but axis ${axes[0]} of ${show(a)} has ${a[first]} and axis ${axes[1]} of ${show(b)} has ${b[second]}; choose other axes, or bring them to one size with dense()`);
    }
    const rest = [...a.filter((_, i) => i !== first), ...b.filter((_, i) => i !== second)];
    return { output: sized(...(rest.length === 0 ? [1] : rest)) };
  },
  call(xs, { options }) {
    const [a, b] = xs.map((x, i) => {
      const axis = both(options.axes)[i]!;
      const rows = lastAxis(x, axis < 0 ? axis + x.rank : axis);
      return options.normalize ? tf.div(rows, tf.sqrt(tf.maximum(tf.sum(tf.square(rows), -1, true), 1e-24))) : rows;
    }) as [Tensor, Tensor];
    if (a.rank === 2 && b.rank === 2) return tf.sum(tf.mul(a, b), 1, true);
    const products = tf.matMul(asRows(a), asRows(b), false, true);
    return tf.reshape(products, [a.shape[0]!, ...a.shape.slice(1, -1), ...b.shape.slice(1, -1)]);
  },
});

/** Puts an axis last and leaves the others in their order. */
const lastAxis = (x: Tensor, axis: number): Tensor => (axis === x.rank - 1 ? x : tf.transpose(x, [...[...x.shape.keys()].filter((i) => i !== axis), axis]));

const asRows = (x: Tensor): Tensor => (x.rank === 3 ? x : tf.reshape(x, [x.shape[0]!, -1, x.shape.at(-1)!]));
