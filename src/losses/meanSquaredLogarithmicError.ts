import { z } from 'zod';
import { defineLoss } from '../core/loss.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { alike } from './alike.ts';

const log1p = (x: Tensor): Tensor => tf.log1p(tf.maximum(x, 1e-7));

/** `mean((log(1 + yTrue) - log(1 + yPred))²)` over the last axis; what is below 1e-7 counts as 1e-7. */
export const meanSquaredLogarithmicError = defineLoss({
  kind: 'meanSquaredLogarithmicError',
  keras: { name: 'MeanSquaredLogarithmicError' },
  options: z.strictObject({}),
  call: () => (yTrue, yPred) => {
    const [t, p] = alike('meanSquaredLogarithmicError', yTrue, yPred);
    return tf.mean(tf.squaredDifference(log1p(p), log1p(t)), -1);
  },
});
