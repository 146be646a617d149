/** How often the right class is among the best. */
import { z } from 'zod';
import { defineMeanMetric } from '../core/metric.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { alike } from '../losses/alike.ts';
import { labelsFor, oneHot } from '../losses/sparseCategoricalCrossentropy.ts';

const k = z.int().positive().default(5);

/** Whether fewer than `k` classes score higher than the one that the label names; a tie counts for it. */
function among(labels: Tensor, p: Tensor, best: number): Tensor {
  const own = tf.sum(tf.mul(p, oneHot(labels, p.shape.at(-1)!)), -1, true);
  return tf.less(tf.sum(tf.cast(tf.greater(p, own), 'float32'), -1), best);
}

/** How often the class of a one-hot target is among the `k` most probable. */
export const topKCategoricalAccuracy = defineMeanMetric({
  kind: 'topKCategoricalAccuracy',
  keras: { name: 'TopKCategoricalAccuracy' },
  options: z.strictObject({ k }),
  values: ({ k: best }) => (yTrue, yPred) => {
    const [t, p] = alike('topKCategoricalAccuracy', yTrue, yPred);
    return among(tf.argMax(t, -1), p, best);
  },
});

/** How often the class that an integer label names is among the `k` most probable. */
export const sparseTopKCategoricalAccuracy = defineMeanMetric({
  kind: 'sparseTopKCategoricalAccuracy',
  keras: { name: 'SparseTopKCategoricalAccuracy' },
  options: z.strictObject({
    k,
    /** Whether predictions are not scores but the classes themselves, the best first. */
    fromSortedIds: z.boolean().default(false),
  }),
  values: ({ k: best, fromSortedIds }) => (yTrue, yPred) => {
    const labels = labelsFor('sparseTopKCategoricalAccuracy', yTrue, yPred);
    if (!fromSortedIds) return among(labels, yPred, best);
    const first = tf.slice(yPred, Array<number>(yPred.rank).fill(0), [...yPred.shape.slice(0, -1), Math.min(best, yPred.shape.at(-1)!)]);
    return tf.max(tf.cast(tf.equal(tf.cast(first, 'int32'), tf.expandDims(labels, -1)), 'float32'), -1);
  },
});
