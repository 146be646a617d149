import { z } from 'zod';
import { defineLoss } from '../core/loss.ts';
import { tf } from '../core/tensor.ts';
import { alike } from './alike.ts';
import { meanOfError } from './gradient.ts';

/** `mean(|yTrue - yPred|)` over the last axis. */
export const meanAbsoluteError = defineLoss({
  kind: 'meanAbsoluteError',
  keras: { name: 'MeanAbsoluteError' },
  options: z.strictObject({}),
  call: () => (yTrue, yPred) => {
    const [t, p] = alike('meanAbsoluteError', yTrue, yPred);
    return meanOfError(tf.sub(p, t), tf.abs, tf.sign);
  },
});
