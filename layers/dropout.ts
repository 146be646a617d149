import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { checkNoise, dropped, noiseShape, rate, seed } from './shared/noise.ts';

/** While training, zeroes a share `rate` of its input at random and scales up the rest by `1 / (1 − rate)`. Shapes stay. Srivastava et al., 2014. */
export const dropout = defineLayer({
  kind: 'dropout',
  keras: { name: 'Dropout' },
  options: z.strictObject({ rate, noiseShape, seed }),
  mask: 'pass',
  build(options, input) {
    checkNoise('dropout', options.noiseShape, input);
    return { output: input };
  },
  call: (x, { options, training, random }) => (training && options.rate > 0 ? dropped(x, random, options) : x),
});
