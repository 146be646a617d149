import { z } from 'zod';
import { defineLoss } from '../core/loss.ts';
import { tf } from '../core/tensor.ts';
import { alike } from './alike.ts';
import { meanOfError } from './gradient.ts';

/** `mean((yTrue - yPred)²)` over the last axis. */
export const meanSquaredError = defineLoss({
  kind: 'meanSquaredError',
  keras: { name: 'MeanSquaredError' },
  options: z.strictObject({}),
  call: () => (yTrue, yPred) => {
    const [t, p] = alike('meanSquaredError', yTrue, yPred);
    return meanOfError(tf.sub(p, t), tf.square, (error) => error, 2);
  },
});
