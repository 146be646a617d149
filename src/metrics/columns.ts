import { ModelError } from '../core/errors.ts';
import { toRank } from '../core/loss.ts';
import { tf, type Tensor } from '../core/tensor.ts';

/** How many numbers a model gives for each example (or step). @throws ModelError if the shape of its predictions was not given */
export function columnsOf(where: string, outputShape: readonly number[]): number {
  if (outputShape.length === 0) throw new ModelError(where, 'its state depends on the shape of the predictions; give it: zeros([batch, …, columns])');
  return outputShape.length === 1 ? 1 : outputShape.at(-1)!;
}

/** `x` as rows: [rows, columns]. */
export const rowsOf = (x: Tensor): Tensor => (x.rank === 2 ? x : tf.reshape(x, [-1, x.shape.at(-1)!]));

/** Weights of examples or steps as one for each row of `x`: [rows, 1]. */
export function rowWeights(weights: Tensor, x: Tensor): Tensor {
  const steps = x.shape.slice(0, -1);
  return tf.reshape(tf.broadcastTo(toRank(weights, steps.length), steps), [-1, 1]);
}
