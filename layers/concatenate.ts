import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineMerge } from '../src/core/defineLayer.ts';
import { fits, show, sized, type Shape } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { axisOf } from './shared/axis.ts';

/** Puts its inputs side by side along `axis`, counted with the batch as 0. All other sizes must be equal. */
export const concatenate = defineMerge({
  kind: 'concatenate',
  keras: { name: 'Concatenate' },
  options: z.strictObject({ axis: z.int().default(-1) }),
  integers: true,
  mask: ({ inputs, masks, options }) => maskOf(inputs, masks, options.axis),
  build({ axis }, inputs, { dtype }) {
    const [first] = inputs;
    if (!first || inputs.length < 2) throw new ModelError('concatenate', `joins two tensors or more, got ${inputs.length}; call it on a list, as in concatenate()([a, b])`);
    const joined = axisOf('concatenate', axis, first) - 1;
    const others = (shape: Shape) => shape.filter((_, i) => i !== joined);
    if (!inputs.every((shape) => shape.length === first.length && fits(others(first), others(shape)))) {
      throw new ModelError('concatenate', `needs inputs whose sizes are equal but for axis ${axis}, got ${inputs.map(show).join(' and ')}; choose another axis, or bring them to one shape with reshape(), cropping2d() or zeroPadding2d()`);
    }
    const output = first.map((_, i) => {
      const sizes: (number | null)[] = inputs.map((shape) => shape[i]!);
      if (i !== joined) return sizes.find((n) => n !== null) ?? null;
      return sizes.reduce((sum, n) => (sum === null || n === null ? null : sum + n));
    });
    return { output: sized(...output), dtype };
  },
  call: (xs, { options: { axis } }) => tf.concat([...xs], axis < 0 ? axis + xs[0]!.rank : axis),
});

/** Masks of steps are joined as the steps are; where steps grow, one counts if it does in one of the inputs. */
function maskOf(inputs: readonly Tensor[], masks: readonly (Tensor | undefined)[], axis: number): Tensor | undefined {
  if (masks.every((mask) => !mask)) return undefined;
  const all = masks.map((mask, i) => mask ?? tf.ones(inputs[i]!.shape.slice(0, 2), 'bool'));
  return (axis < 0 ? axis + inputs[0]!.rank : axis) === 1 ? tf.concat(all, 1) : all.reduce((a, b) => tf.logicalOr(a, b));
}
