import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { show, size, sized, type Shape } from '../src/core/shape.ts';
import { tf } from '../src/core/tensor.ts';

/** Rearranges the numbers of an example, in row-major order, to `targetShape`; one size of it may be `-1`, which is then found. */
export const reshape = defineLayer({
  kind: 'reshape',
  keras: { name: 'Reshape' },
  options: z.strictObject({
    targetShape: z.array(z.union([z.literal(-1), z.int().positive()]))
      .refine((sizes) => sizes.filter((n) => n === -1).length < 2, 'may hold -1 only once'),
  }),
  integers: true,
  build: ({ targetShape }, input, { dtype }) => ({ output: resolved(targetShape, input), dtype }),
  call: (x, { options: { targetShape } }) => tf.reshape(x, [x.shape[0]!, ...(resolved(targetShape, sized(...x.shape.slice(1))) as readonly number[])]),
});

function resolved(target: readonly number[], input: Shape): Shape {
  const given = size(input);
  const fixed = target.filter((n) => n !== -1).reduce((product, n) => product * n, 1);
  const open = target.includes(-1);
  if (given !== null && (open ? given % fixed !== 0 : given !== fixed)) {
    throw new ModelError('reshape', `cannot turn ${show(input)} (${given} numbers) into ${show(target)}, which holds ${open ? `a multiple of ${fixed}` : fixed}; change targetShape, or leave one size to be found by giving it as -1`);
  }
  return sized(...target.map((n) => (n === -1 ? (given === null ? null : given / fixed) : n)));
}
