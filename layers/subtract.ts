import { z } from 'zod';
import { ModelError } from '../src/core/errors.ts';
import { defineMerge } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { aligned, anyMask, broadcastShape } from './shared/broadcast.ts';

/** The first of two inputs less the second, laid over each other as NumPy does. */
export const subtract = defineMerge({
  kind: 'subtract',
  keras: { name: 'Subtract' },
  options: z.strictObject({}),
  mask: anyMask,
  build(_, inputs) {
    if (inputs.length !== 2) throw new ModelError('subtract', `takes two tensors, got ${inputs.length}; call it as subtract()([a, b])`);
    return { output: broadcastShape('subtract', inputs) };
  },
  call(xs) {
    const [a, b] = aligned(xs);
    return tf.sub(a!, b!);
  },
});
