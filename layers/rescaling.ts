import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import { show } from '../src/core/shape.ts';
import { tf } from '../src/core/tensor.ts';

const factors = z.union([z.number(), z.array(z.number()).min(1)]);
const laid = (given: number | readonly number[]) => (typeof given === 'number' ? given : tf.tensor1d([...given]));

/** `x · scale + offset`, each one number or one for each entry of the last axis: `scale: 1 / 255` brings bytes into 0 … 1. Shapes stay. */
export const rescaling = defineLayer({
  kind: 'rescaling',
  keras: { name: 'Rescaling' },
  options: z.strictObject({ scale: factors, offset: factors.default(0) }),
  mask: 'pass',
  build(options, input) {
    for (const [name, given] of Object.entries(options)) {
      const fits = typeof given === 'number' || given.length === 1 || (input.length > 0 && (input.at(-1) === null || given.length === input.at(-1)));
      if (!fits) throw new ModelError('rescaling', `${name} must be one number, or one for each entry of the last axis of ${show(input)}, got ${given.length}`);
    }
    return { output: input };
  },
  call: (x, { options: { scale, offset } }) => tf.add(tf.mul(x, laid(scale)), laid(offset)),
});
