import { z } from 'zod';
import { logitsOf } from '../core/activations.ts';
import { ModelError } from '../core/errors.ts';
import { countOnly, defineLoss } from '../core/loss.ts';
import { show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { clip } from './gradient.ts';
import { softmaxCrossentropy, toLast } from './softmaxCrossentropy.ts';
import { labelProblem } from './targets.ts';

/** Labels as int32 in the shape of the predictions without their last axis; [batch, 1] does for [batch]. */
export function labelsFor(where: string, yTrue: Tensor, yPred: Tensor): Tensor {
  const rows = yPred.shape.slice(0, -1);
  const fits = (shape: readonly number[]) => shape.length === rows.length && shape.every((n, i) => n === rows[i]);
  const column = yTrue.shape.at(-1) === 1 && fits(yTrue.shape.slice(0, -1));
  if (!column && !fits(yTrue.shape)) {
    throw new ModelError(where, `labels of shape ${show(yTrue.shape)} do not fit predictions of shape ${show(yPred.shape)}; expected ${show(rows)}, one label for each row of classes`);
  }
  const labels = column ? tf.reshape(yTrue, rows) : yTrue;
  return labels.dtype === 'int32' ? labels : tf.cast(labels, 'int32');
}

/** Labels as rows of 0 and 1, float32. */
export const oneHot = (labels: Tensor, classes: number): Tensor => tf.oneHot(labels, classes, 1, 0, 'float32');

/**
 * `-log p[label]` over the classes (`axis`), for integer labels. Computed from the logits where the prediction is a softmax's or
 * `fromLogits` says so, else from p clipped to [1e-7, 1 - 1e-7] and rescaled. What has the label `ignoreClass` counts for nothing.
 */
export const sparseCategoricalCrossentropy = defineLoss({
  kind: 'sparseCategoricalCrossentropy',
  keras: { name: 'SparseCategoricalCrossentropy' },
  options: z.strictObject({
    fromLogits: z.boolean().default(false),
    ignoreClass: z.int().nullable().default(null),
    axis: z.int().default(-1),
  }),
  call: ({ fromLogits, ignoreClass, axis }) => (yTrue, yPred) => {
    const p = toLast(yPred, axis);
    const labels = labelsFor('sparseCategoricalCrossentropy', yTrue, p);
    const known = fromLogits ? undefined : logitsOf(p, 'softmax');
    // Keras takes clipped probabilities for logits, too: their logarithms, of which the softmax rescales them.
    const logits = fromLogits ? p : (known ?? tf.log(clip(p, 1e-7, 1 - 1e-7)));
    const probabilities = known && p;
    const all = oneHot(labels, p.shape.at(-1)!);
    if (ignoreClass === null) return softmaxCrossentropy(all, logits, { probabilities, distribution: true });
    const counted = tf.cast(tf.notEqual(labels, ignoreClass), 'float32');
    const y = tf.mul(all, tf.expandDims(counted, -1));
    return countOnly(counted, softmaxCrossentropy(y, logits, { probabilities, distribution: false }));
  },
  problemWith: (yTrue, outputShape, { ignoreClass, axis }) => labelProblem(yTrue, outputShape.at(axis), ignoreClass),
});
