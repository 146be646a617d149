import { z } from 'zod';
import { defineLoss } from '../core/loss.ts';
import { tf } from '../core/tensor.ts';
import { alike } from './alike.ts';

/** `100 · mean(|yTrue - yPred| / max(|yTrue|, 1e-7))` over the last axis. */
export const meanAbsolutePercentageError = defineLoss({
  kind: 'meanAbsolutePercentageError',
  keras: { name: 'MeanAbsolutePercentageError' },
  options: z.strictObject({}),
  call: () => (yTrue, yPred) => {
    const [t, p] = alike('meanAbsolutePercentageError', yTrue, yPred);
    return tf.mul(tf.mean(tf.abs(tf.div(tf.sub(t, p), tf.maximum(tf.abs(t), 1e-7))), -1), 100);
  },
});
