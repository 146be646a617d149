import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { rate, seed } from './shared/noise.ts';

/** While training, multiplies by noise of mean 1 and variance `rate / (1 − rate)`. Shapes stay. Srivastava et al., 2014. */
export const gaussianDropout = defineLayer({
  kind: 'gaussianDropout',
  keras: { name: 'GaussianDropout' },
  options: z.strictObject({ rate, seed }),
  mask: 'pass',
  build: (_, input) => ({ output: input }),
  call(x, { options, training, random }) {
    if (!training || options.rate === 0) return x;
    const noise = tf.mul(random.normal(x.shape, options.seed), Math.sqrt(options.rate / (1 - options.rate)));
    return tf.mul(x, tf.add(noise, 1));
  },
});
