import { z } from 'zod';
import { logitsOf } from '../core/activations.ts';
import { defineLoss } from '../core/loss.ts';
import { tf } from '../core/tensor.ts';
import { alike } from './alike.ts';
import { elementwiseCrossentropy, smoothBinary } from './binaryCrossentropy.ts';
import { meanOver, power } from './gradient.ts';
import { binaryProblem } from './targets.ts';

/**
 * Binary cross-entropy that makes little of what is already right: `mean((1 - q)^gamma · crossentropy)` over `axis`, where q is the
 * probability given to the target. `applyClassBalancing` weighs ones by `alpha` and zeros by `1 - alpha`. (Lin et al. 2017, arXiv:1708.02002.)
 */
export const binaryFocalCrossentropy = defineLoss({
  kind: 'binaryFocalCrossentropy',
  keras: { name: 'BinaryFocalCrossentropy' },
  options: z.strictObject({
    applyClassBalancing: z.boolean().default(false),
    alpha: z.number().default(0.25),
    gamma: z.number().min(0).default(2),
    fromLogits: z.boolean().default(false),
    labelSmoothing: z.number().min(0).max(1).default(0),
    axis: z.int().default(-1),
  }),
  call: ({ applyClassBalancing, alpha, gamma, fromLogits, labelSmoothing, axis }) => (yTrue, yPred) => {
    const [given, prediction] = alike('binaryFocalCrossentropy', yTrue, yPred);
    const y = smoothBinary(given, labelSmoothing);
    const logits = fromLogits ? prediction : logitsOf(prediction, 'sigmoid');
    const p = fromLogits ? tf.sigmoid(prediction) : prediction;
    // 1 - q = y + p - 2yp
    const doubt = tf.sub(tf.add(y, p), tf.mul(tf.mul(y, p), 2));
    const values = tf.mul(power(doubt, gamma), elementwiseCrossentropy(y, p, logits));
    return meanOver(applyClassBalancing ? tf.mul(values, tf.add(tf.mul(y, 2 * alpha - 1), 1 - alpha)) : values, axis);
  },
  problemWith: (yTrue) => binaryProblem(yTrue),
});
