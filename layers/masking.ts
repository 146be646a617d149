import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';

const counts = (x: Tensor, maskValue: number, keepDims = false) => tf.any(tf.notEqual(x, maskValue), -1, keepDims);

/** Masks the steps whose features are all `maskValue`, and sets them to 0; `[steps, features]` stays as it is. */
export const masking = defineLayer({
  kind: 'masking',
  keras: { name: 'Masking' },
  options: z.strictObject({ maskValue: z.number().default(0) }),
  rank: { atLeast: 2 },
  mask: ({ inputs: [x], options }) => counts(x!, options.maskValue),
  build: (_, input) => ({ output: input }),
  call: (x, { options }) => tf.where(counts(x, options.maskValue, true), x, 0),
});
