import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { seed } from './shared/noise.ts';

/** While training, adds noise of mean 0 and the given deviation. Shapes stay. */
export const gaussianNoise = defineLayer({
  kind: 'gaussianNoise',
  keras: { name: 'GaussianNoise' },
  options: z.strictObject({ stddev: z.number().nonnegative(), seed }),
  mask: 'pass',
  build: (_, input) => ({ output: input }),
  call(x, { options, training, random }) {
    if (!training || options.stddev === 0) return x;
    return tf.add(x, tf.mul(random.normal(x.shape, options.seed), options.stddev));
  },
});
