import { z } from 'zod';
import { defineLayer } from '../src/core/defineLayer.ts';
import { tf } from '../src/core/tensor.ts';
import { checkNoise, kept, noiseShape, rate, seed } from './shared/noise.ts';

/** What selu saturates to. */
const floor = -1.6732632423543772 * 1.0507009873554805;

/** While training, sets a share `rate` to selu's lower bound, and scales and shifts so that mean and variance stay. Shapes stay. Klambauer et al., 2017. */
export const alphaDropout = defineLayer({
  kind: 'alphaDropout',
  keras: { name: 'AlphaDropout' },
  options: z.strictObject({ rate, noiseShape, seed }),
  mask: 'pass',
  build(options, input) {
    checkNoise('alphaDropout', options.noiseShape, input);
    return { output: input };
  },
  call(x, { options, training, random }) {
    if (!training || options.rate === 0) return x;
    const scale = ((1 - options.rate) * (1 + options.rate * floor ** 2)) ** -0.5;
    const keeps = kept(x, random, options);
    // scale · (x · keeps + floor · (1 − keeps)) − scale · floor · rate
    return tf.add(tf.mul(tf.mul(tf.sub(x, floor), keeps), scale), scale * floor * (1 - options.rate));
  },
});
