import { z } from 'zod';
import { defineLoss } from '../core/loss.ts';
import { tf } from '../core/tensor.ts';
import { alike } from './alike.ts';

/** `mean(yPred - yTrue log(yPred + 1e-7))` over the last axis: predictions are the expected counts. */
export const poisson = defineLoss({
  kind: 'poisson',
  keras: { name: 'Poisson' },
  options: z.strictObject({}),
  call: () => (yTrue, yPred) => {
    const [t, p] = alike('poisson', yTrue, yPred);
    return tf.mean(tf.sub(p, tf.mul(t, tf.log(tf.add(p, 1e-7)))), -1);
  },
});
