import { z } from 'zod';
import { defineLoss } from '../core/loss.ts';
import { tf } from '../core/tensor.ts';
import { alike } from './alike.ts';
import { meanOfError } from './gradient.ts';

/** Mean over the last axis of `e²/2` where the error is at most `delta`, of `delta |e| - delta²/2` beyond. */
export const huber = defineLoss({
  kind: 'huber',
  keras: { name: 'Huber' },
  options: z.strictObject({ delta: z.number().positive().default(1) }),
  call: ({ delta }) => (yTrue, yPred) => {
    const [t, p] = alike('huber', yTrue, yPred);
    // With c = e clipped to ±delta both branches are c (e - c/2), and the slope is c.
    return meanOfError(tf.sub(p, t), (e) => {
      const clipped = tf.clipByValue(e, -delta, delta);
      return tf.mul(clipped, tf.sub(e, tf.mul(clipped, 0.5)));
    }, (e) => tf.clipByValue(e, -delta, delta));
  },
});
