import { z } from 'zod';
import { ModelError } from '../core/errors.ts';
import { countOnly, defineLoss } from '../core/loss.ts';
import { show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { detached } from './gradient.ts';
import { wholeProblem } from './targets.ts';

/** `log Σ eˣ` over the last axis of what `among` (1 or 0) holds; with nothing there, a number near -1e30. */
const logSumExpAmong = (among: Tensor, x: Tensor): Tensor => tf.logSumExp(tf.add(tf.mul(x, among), tf.mul(tf.sub(1, among), -1e30)), -1);

/**
 * Circle loss of embeddings, [batch, features] and of length 1, with integer labels: pulls together what has the same label and pushes
 * apart what has not, by cosines, each as hard as it is far from where it should be. Rows whose loss is 0 count for nothing in the mean.
 * (Sun et al. 2020, arXiv:2002.10857.)
 */
export const circle = defineLoss({
  kind: 'circle',
  keras: { name: 'Circle' },
  options: z.strictObject({
    gamma: z.number().default(80),
    margin: z.number().default(0.4),
    /** Whether an embedding is no pair with itself. */
    removeDiagonal: z.boolean().default(true),
  }),
  call: ({ gamma, margin, removeDiagonal }) => (yTrue, yPred) => {
    const batch = yPred.shape[0]!;
    if (yPred.rank !== 2 || yTrue.size !== batch) {
      throw new ModelError('circle', `takes one label for each embedding of [batch, features], got ${show(yTrue.shape)} and ${show(yPred.shape)}`);
    }
    const labels = tf.cast(yTrue, 'int32');
    const same = tf.cast(tf.equal(tf.reshape(labels, [batch, 1]), tf.reshape(labels, [1, batch])), 'float32');
    const positive = removeDiagonal ? tf.sub(same, tf.eye(batch)) : same;
    const distance = tf.relu(tf.sub(1, tf.matMul(yPred, yPred, false, true)));
    const pull = tf.mul(tf.mul(tf.add(distance, margin), tf.sub(distance, margin)), gamma);
    const push = tf.mul(tf.mul(tf.relu(tf.sub(1 + margin, distance)), tf.sub(1 - margin, distance)), gamma);
    const values = tf.softplus(tf.add(logSumExpAmong(positive, pull), logSumExpAmong(tf.sub(1, same), push)));
    return countOnly(detached(() => tf.step(values)), values);
  },
  problemWith: (yTrue) => wholeProblem(yTrue),
});
