import { z } from 'zod';
import { defineMerge } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { aligned, anyMask, broadcastShape } from './shared/broadcast.ts';

/** The sum of its inputs, element by element, laid over each other as NumPy does. */
export const add = defineMerge({
  kind: 'add',
  keras: { name: 'Add' },
  options: z.strictObject({}),
  mask: anyMask,
  build: (_, inputs) => ({ output: broadcastShape('add', inputs) }),
  call: (xs) => aligned(xs).reduce((a, b) => tf.add(a, b)),
});
