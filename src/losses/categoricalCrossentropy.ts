import { z } from 'zod';
import { logitsOf } from '../core/activations.ts';
import { defineLoss } from '../core/loss.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { alike } from './alike.ts';
import { clip } from './gradient.ts';
import { softmaxCrossentropy, toLast } from './softmaxCrossentropy.ts';
import { oneHotProblem } from './targets.ts';

/** Shares moved towards 1/classes by the share `smoothing`; the classes are the last axis. */
export const smoothShares = (y: Tensor, smoothing: number): Tensor =>
  smoothing === 0 ? y : tf.add(tf.mul(y, 1 - smoothing), smoothing / y.shape.at(-1)!);

/** Probabilities rescaled to sum to 1 over the last axis, clipped to [1e-7, 1 - 1e-7]. */
export const rescaled = (p: Tensor): Tensor => clip(tf.div(p, tf.sum(p, -1, true)), 1e-7, 1 - 1e-7);

/**
 * `-Σ y log p` over the classes (`axis`); `y` are shares of the classes, one-hot say. Computed from the logits where the prediction is a
 * softmax's or `fromLogits` says so (then no gradient flows to the targets), else from p rescaled to sum to 1 and clipped to [1e-7, 1 - 1e-7].
 */
export const categoricalCrossentropy = defineLoss({
  kind: 'categoricalCrossentropy',
  keras: { name: 'CategoricalCrossentropy' },
  options: z.strictObject({
    fromLogits: z.boolean().default(false),
    labelSmoothing: z.number().min(0).max(1).default(0),
    axis: z.int().default(-1),
  }),
  call: ({ fromLogits, labelSmoothing, axis }) => (yTrue, yPred) => {
    const [given, prediction] = alike('categoricalCrossentropy', yTrue, yPred);
    const p = toLast(prediction, axis);
    const y = smoothShares(toLast(given, axis), labelSmoothing);
    const logits = fromLogits ? p : logitsOf(p, 'softmax');
    if (logits) return softmaxCrossentropy(y, logits, { probabilities: fromLogits ? undefined : p, distribution: false });
    return tf.neg(tf.sum(tf.mul(y, tf.log(rescaled(p))), -1));
  },
  problemWith: (yTrue, outputShape, { axis }) => (axis === -1 ? oneHotProblem(yTrue, outputShape, 'sparseCategoricalCrossentropy') : undefined),
});
