import { z } from 'zod';
import { activations } from '../src/core/activations.ts';
import { defineLayer } from '../src/core/defineLayer.ts';

/** `x` where positive, else `alpha · (eˣ − 1)`. Shapes stay. Clevert et al., 2016. */
export const elu = defineLayer({
  kind: 'elu',
  keras: { name: 'ELU' },
  options: z.strictObject({ alpha: z.number().default(1) }),
  mask: 'pass',
  build: (_, input) => ({ output: input }),
  call: (x, { options }) => activations.elu(x, options.alpha),
});
