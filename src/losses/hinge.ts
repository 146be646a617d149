/** Margin losses: nothing is lost where a score is on its target's side by 1 or more. */
import { z } from 'zod';
import { defineLoss } from '../core/loss.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { alike } from './alike.ts';
import { detached } from './gradient.ts';

/** Targets of 0 and 1 as -1 and 1; others stay. Which they are is asked of the whole batch, as Keras does. */
function signs(y: Tensor): Tensor {
  const binary = detached(() => tf.min(tf.cast(tf.equal(y, tf.square(y)), 'float32')));
  return tf.add(y, tf.mul(binary, tf.sub(y, 1)));
}

/** `max(1 - yTrue yPred, 0)`, element by element. */
function shortfall(where: string, yTrue: Tensor, yPred: Tensor): Tensor {
  const [t, p] = alike(where, yTrue, yPred);
  return tf.relu(tf.sub(1, tf.mul(signs(t), p)));
}

/** `mean(max(1 - yTrue yPred, 0))` over the last axis; targets are -1 and 1, or 0 and 1. */
export const hinge = defineLoss({
  kind: 'hinge',
  keras: { name: 'Hinge' },
  options: z.strictObject({}),
  call: () => (yTrue, yPred) => tf.mean(shortfall('hinge', yTrue, yPred), -1),
});

/** `mean(max(1 - yTrue yPred, 0)²)` over the last axis; targets are -1 and 1, or 0 and 1. */
export const squaredHinge = defineLoss({
  kind: 'squaredHinge',
  keras: { name: 'SquaredHinge' },
  options: z.strictObject({}),
  call: () => (yTrue, yPred) => tf.mean(tf.square(shortfall('squaredHinge', yTrue, yPred)), -1),
});

/** `max(n - p + 1, 0)` for the score p of the right class and the best score n of the others; targets are one-hot. */
export const categoricalHinge = defineLoss({
  kind: 'categoricalHinge',
  keras: { name: 'CategoricalHinge' },
  options: z.strictObject({}),
  call: () => (yTrue, yPred) => {
    const [t, p] = alike('categoricalHinge', yTrue, yPred);
    const right = tf.sum(tf.mul(t, p), -1);
    const other = tf.max(tf.mul(tf.sub(1, t), p), -1);
    return tf.relu(tf.add(tf.sub(other, right), 1));
  },
});
