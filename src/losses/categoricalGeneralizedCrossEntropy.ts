import { z } from 'zod';
import { defineLoss } from '../core/loss.ts';
import { tf } from '../core/tensor.ts';
import { power } from './gradient.ts';
import { labelsFor, oneHot } from './sparseCategoricalCrossentropy.ts';
import { labelProblem } from './targets.ts';

/**
 * `(1 - p[label]^q) / q` for integer labels: between the cross-entropy (q → 0) and the absolute error (q → 1), so that wrong labels do less
 * harm. (Zhang & Sabuncu 2018, arXiv:1805.07836.)
 */
export const categoricalGeneralizedCrossEntropy = defineLoss({
  kind: 'categoricalGeneralizedCrossEntropy',
  keras: { name: 'CategoricalGeneralizedCrossEntropy' },
  options: z.strictObject({ q: z.number().gt(0).lt(1).default(0.5) }),
  call: ({ q }) => (yTrue, yPred) => {
    const labels = labelsFor('categoricalGeneralizedCrossEntropy', yTrue, yPred);
    const p = tf.sum(tf.mul(yPred, oneHot(labels, yPred.shape.at(-1)!)), -1);
    return tf.div(tf.sub(1, power(p, q)), q);
  },
  problemWith: (yTrue, outputShape) => labelProblem(yTrue, outputShape.at(-1)),
});
