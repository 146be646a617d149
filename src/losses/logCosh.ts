import { z } from 'zod';
import { defineLoss } from '../core/loss.ts';
import { tf } from '../core/tensor.ts';
import { alike } from './alike.ts';
import { meanOfError } from './gradient.ts';

/** `mean(log(cosh(yPred - yTrue)))` over the last axis: like the squared error for small errors, like the absolute one for large. */
export const logCosh = defineLoss({
  kind: 'logCosh',
  keras: { name: 'LogCosh' },
  options: z.strictObject({}),
  call: () => (yTrue, yPred) => {
    const [t, p] = alike('logCosh', yTrue, yPred);
    // log cosh e = e + log(1 + e⁻²ᵉ) - log 2, without the overflow of cosh.
    return meanOfError(tf.sub(p, t), (e) => tf.sub(tf.add(e, tf.softplus(tf.mul(e, -2))), Math.LN2), tf.tanh);
  },
});
