import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { ModelError } from '../src/core/errors.ts';
import { show, sized } from '../src/core/shape.ts';
import { tf } from '../src/core/tensor.ts';

/** Puts the axes of an example in another order: `dims: [2, 1]` swaps two (the batch is axis 0, and stays). */
export const permute = defineLayer({
  kind: 'permute',
  keras: { name: 'Permute' },
  options: z.strictObject({
    dims: z.array(z.int().positive()).refine((dims) => [...dims].sort((a, b) => a - b).every((n, i) => n === i + 1), 'must name each of the axes 1, 2, … once'),
  }),
  integers: true,
  build({ dims }, input, { dtype }) {
    if (dims.length !== input.length) throw new ModelError('permute', `dims must name the ${input.length} axes of ${show(input)}, got ${show(dims)}`);
    return { output: sized(...dims.map((axis) => input[axis - 1]!)), dtype };
  },
  call: (x, { options: { dims } }) => tf.transpose(x, [0, ...dims]),
});
