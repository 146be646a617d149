import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { shape, type Shape } from '../src/core/shape.ts';
import type { Tensor } from '../src/core/tensor.ts';

/**
 * Computes a function of its input: `lambda({ function: (x) => tf.square(x) })`. It must be made of tensor operations only, and
 * keep the shape unless `outputShape` says what one example becomes. A model with it can be trained but not saved: code is never read from a file.
 */
export const lambda = defineLayer({
  kind: 'lambda',
  options: z.strictObject({
    function: z.custom<(x: Tensor) => Tensor>((given) => typeof given === 'function', 'must be a function from tensor to tensor'),
    outputShape: z.union([shape, z.custom<(input: Shape) => Shape>((given) => typeof given === 'function', 'must be a shape, or a function of one')]).optional(),
  }),
  build: ({ outputShape }, input) => ({ output: typeof outputShape === 'function' ? outputShape(input) : (outputShape ?? input) }),
  call: (x, { options }) => options.function(x),
});
