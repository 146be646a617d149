import { z } from 'zod';
import { defineMerge } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { aligned, anyMask, broadcastShape, overSteps } from './shared/broadcast.ts';

/** The product of its inputs, element by element, laid over each other as NumPy does. Steps that do not count in an input leave the others as they are. */
export const multiply = defineMerge({
  kind: 'multiply',
  keras: { name: 'Multiply' },
  options: z.strictObject({}),
  mask: anyMask,
  build: (_, inputs) => ({ output: broadcastShape('multiply', inputs) }),
  call(xs, { masks }) {
    const product = aligned(xs)
      .map((x, i) => (masks[i] ? tf.where(overSteps(masks[i], x.rank), x, tf.onesLike(x)) : x))
      .reduce((a, b) => tf.mul(a, b));
    const counted = anyMask({ masks });
    return counted ? tf.mul(product, tf.cast(overSteps(counted, product.rank), 'float32')) : product;
  },
});
