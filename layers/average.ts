import { z } from 'zod';
import { defineMerge } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { aligned, anyMask, broadcastShape } from './shared/broadcast.ts';

/** The mean of its inputs, element by element, laid over each other as NumPy does. */
export const average = defineMerge({
  kind: 'average',
  keras: { name: 'Average' },
  options: z.strictObject({}),
  mask: anyMask,
  build: (_, inputs) => ({ output: broadcastShape('average', inputs) }),
  call: (xs) => tf.div(aligned(xs).reduce((a, b) => tf.add(a, b)), xs.length),
});
