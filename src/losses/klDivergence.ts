import { z } from 'zod';
import { defineLoss } from '../core/loss.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { alike } from './alike.ts';
import { clip } from './gradient.ts';

/** The Kullback–Leibler divergence `Σ yTrue log(yTrue / yPred)` over the last axis, both clipped to [1e-7, 1]. */
export const klDivergence = defineLoss({
  kind: 'klDivergence',
  keras: { name: 'KLDivergence' },
  options: z.strictObject({}),
  call: () => (yTrue, yPred) => {
    const [t, p] = alike('klDivergence', yTrue, yPred).map((shares) => clip(shares, 1e-7, 1)) as [Tensor, Tensor];
    return tf.sum(tf.mul(t, tf.log(tf.div(t, p))), -1);
  },
});
