import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';

/** Gives its input on as it is. */
export const identity = defineLayer({
  kind: 'identity',
  keras: { name: 'Identity' },
  options: z.strictObject({}),
  integers: true,
  mask: 'pass',
  build: (_, input, { dtype }) => ({ output: input, dtype }),
  call: (x) => x,
});
