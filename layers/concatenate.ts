import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineMerge } from '../src/core/layer.ts';
import { fits, show, sized, type Shape } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';

/** Puts its inputs side by side along `axis`, counted with the batch axis as 0 or, negative, from the end. All other sizes must be equal. */
export const concatenate = defineMerge({
  kind: 'concatenate',
  keras: { name: 'Concatenate' },
  options: z.strictObject({ axis: z.int().default(-1) }),
  integers: true,
  mask: ({ inputs, masks, options }) => maskOf(inputs, masks, options.axis),
  build({ axis }, inputs, { dtype }) {
    const [first] = inputs;
    if (!first || inputs.length < 2) throw new ModelError('concatenate', `joins two tensors or more, got ${inputs.length}; call it on a list, as in concatenate()([a, b])`);
    const along = axisIn(axis, first);
    const others = (shape: Shape) => shape.filter((_, i) => i !== along);
    if (!inputs.every((shape) => shape.length === first.length && fits(others(first), others(shape)))) {
      throw new ModelError('concatenate', `needs inputs whose sizes are equal but for axis ${axis}, got ${inputs.map(show).join(' and ')}; choose another axis, or bring them to one shape with reshape(), cropping2d() or zeroPadding2d()`);
    }
    const total = inputs.reduce<number | null>((sum, shape) => (sum === null || shape[along] === null ? null : sum + shape[along]!), 0);
    return { output: sized(...first.map((_, i) => (i === along ? total : inputs.map((shape) => shape[i]!).find((n) => n !== null) ?? null))), dtype };
  },
  call: (xs, { options: { axis } }) => tf.concat([...xs], axis < 0 ? axis + xs[0]!.rank : axis),
});

/** Which axis of an example is meant. */
function axisIn(axis: number, shape: Shape): number {
  const found = axis < 0 ? axis + shape.length : axis - 1;
  if (found >= 0 && found < shape.length) return found;
  throw new ModelError('concatenate', `cannot join along axis ${axis}, since one example is ${show(shape)}; take one of ${[...shape.keys()].map((i) => i + 1).join(', ')} or -1 (0 is the batch)`);
}

/** Masks are joined as the inputs are; where inputs are joined within each step, a step counts if it counts in one of them. */
function maskOf(inputs: readonly Tensor[], masks: readonly (Tensor | undefined)[], axis: number): Tensor | undefined {
  if (masks.every((mask) => !mask)) return undefined;
  const along = axis < 0 ? axis + inputs[0]!.rank : axis;
  const whole = masks.map((mask, i) => mask ?? tf.ones(inputs[i]!.shape.slice(0, 2), 'bool'));
  return along === 1 ? tf.concat(whole, 1) : whole.reduce((a, b) => tf.logicalOr(a, b));
}
