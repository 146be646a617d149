import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { sized } from '../src/core/shape.ts';
import { tf } from '../src/core/tensor.ts';

/** Makes a sequence of one vector, `n` times: `[features]` → `[n, features]`. */
export const repeatVector = defineLayer({
  kind: 'repeatVector',
  keras: { name: 'RepeatVector' },
  options: z.strictObject({ n: z.int().positive() }),
  rank: 1,
  integers: true,
  build: ({ n }, input, { dtype }) => ({ output: sized(n, ...input), dtype }),
  // The gradient of tile would be n slices.
  call: (x, { options: { n } }) => tf.mul(tf.reshape(x, [x.shape[0]!, 1, x.shape[1]!]), tf.ones([1, n, 1], x.dtype as 'float32')),
});
