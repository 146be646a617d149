import { z } from 'zod';
import { activations } from '../src/core/activations.ts';
import { defineLayer } from '../src/core/defineLayer.ts';

/** `x` where positive, else `negativeSlope · x`; the activation `'leakyRelu'` has a slope of 0.2. Shapes stay. */
export const leakyReLU = defineLayer({
  kind: 'leakyReLU',
  keras: { name: 'LeakyReLU' },
  options: z.strictObject({ negativeSlope: z.number().nonnegative().default(0.3) }),
  mask: 'pass',
  build: (_, input) => ({ output: input }),
  call: (x, { options }) => activations.leakyRelu(x, options.negativeSlope),
});
