import { z } from 'zod';
import { defineLoss } from '../core/loss.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { alike } from './alike.ts';

/** `x / max(|x|, 1e-7)` along an axis. */
const direction = (x: Tensor, axis: number): Tensor => tf.div(x, tf.sqrt(tf.maximum(tf.sum(tf.square(x), axis, true), 1e-14)));

/** The cosine of the angle between targets and predictions along `axis`; 0 where one of them is 0. */
export const cosine = (where: string, yTrue: Tensor, yPred: Tensor, axis: number): Tensor => {
  const [t, p] = alike(where, yTrue, yPred);
  return tf.sum(tf.mul(direction(t, axis), direction(p, axis)), axis);
};

/** Minus the cosine of the angle between targets and predictions: -1 where they point the same way. */
export const cosineSimilarity = defineLoss({
  kind: 'cosineSimilarity',
  keras: { name: 'CosineSimilarity' },
  options: z.strictObject({ axis: z.int().default(-1) }),
  call: ({ axis }) => (yTrue, yPred) => tf.neg(cosine('cosineSimilarity', yTrue, yPred, axis)),
});
