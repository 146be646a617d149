import { z } from 'zod';
import { activations } from '../src/core/activations.ts';
import { defineLayer } from '../src/core/defineLayer.ts';

/** `x` cut at `maxValue` where it is above `threshold`, else `negativeSlope · (x − threshold)`. Shapes stay. */
export const reLU = defineLayer({
  kind: 'reLU',
  keras: { name: 'ReLU' },
  options: z.strictObject({
    maxValue: z.number().nonnegative().nullable().default(null),
    negativeSlope: z.number().nonnegative().default(0),
    threshold: z.number().nonnegative().default(0),
  }),
  mask: 'pass',
  build: (_, input) => ({ output: input }),
  call: (x, { options: { maxValue, negativeSlope, threshold } }) => activations.relu(x, negativeSlope, maxValue, threshold),
});
