import { z } from 'zod';
import { defineLoss } from '../core/loss.ts';
import { tf } from '../core/tensor.ts';
import { alike } from './alike.ts';
import { rescaled, smoothShares } from './categoricalCrossentropy.ts';
import { power } from './gradient.ts';
import { toLast } from './softmaxCrossentropy.ts';
import { oneHotProblem } from './targets.ts';

/**
 * Categorical cross-entropy that makes little of what is already right: `-Σ alpha (1 - p)^gamma y log p` over the classes (`axis`).
 * `alpha` may weigh each class by itself. (Lin et al. 2017, arXiv:1708.02002.)
 */
export const categoricalFocalCrossentropy = defineLoss({
  kind: 'categoricalFocalCrossentropy',
  keras: { name: 'CategoricalFocalCrossentropy' },
  options: z.strictObject({
    alpha: z.union([z.number(), z.array(z.number()).readonly()]).default(0.25),
    gamma: z.number().min(0).default(2),
    fromLogits: z.boolean().default(false),
    labelSmoothing: z.number().min(0).max(1).default(0),
    axis: z.int().default(-1),
  }),
  call: ({ alpha, gamma, fromLogits, labelSmoothing, axis }) => (yTrue, yPred) => {
    const [given, prediction] = alike('categoricalFocalCrossentropy', yTrue, yPred);
    const y = smoothShares(toLast(given, axis), labelSmoothing);
    const scores = toLast(prediction, axis);
    const p = rescaled(fromLogits ? tf.softmax(scores) : scores);
    const weights = tf.mul(power(tf.sub(1, p), gamma), tf.mul(y, alpha as number | number[]));
    return tf.neg(tf.sum(tf.mul(weights, tf.log(p)), -1));
  },
  problemWith: (yTrue, outputShape, { axis }) => (axis === -1 ? oneHotProblem(yTrue, outputShape, 'sparseCategoricalCrossentropy') : undefined),
});
