import { z } from 'zod';
import { logitsOf } from '../core/activations.ts';
import { defineLoss } from '../core/loss.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { alike } from './alike.ts';
import { clip, meanOver, meanSlope, withGradient } from './gradient.ts';
import { binaryProblem } from './targets.ts';

/** `log(1 + eˣ) - yx`: the cross-entropy of sigmoid(x), which overflows nowhere. */
const fromLogits = (y: Tensor, x: Tensor): Tensor => tf.sub(tf.softplus(x), tf.mul(y, x));

/** `-y log p - (1 - y) log(1 - p)`, with p clipped to [1e-7, 1 - 1e-7]. */
function fromProbabilities(y: Tensor, p: Tensor): Tensor {
  const clipped = clip(p, 1e-7, 1 - 1e-7);
  return tf.neg(tf.add(tf.mul(y, tf.log(clipped)), tf.mul(tf.sub(1, y), tf.log(tf.sub(1, clipped)))));
}

/** The cross-entropy of each element; `p` are probabilities, whose logits may be known. No gradient flows to `y` from logits. */
export function elementwiseCrossentropy(y: Tensor, p: Tensor, logits: Tensor | undefined): Tensor {
  if (!logits) return fromProbabilities(y, p);
  return withGradient(logits, (keep) => {
    keep(y, p);
    return fromLogits(y, logits);
  }, (dy, target, kept) => tf.mul(dy, tf.sub(kept!, target!)));
}

/** Targets moved towards 1/2 by the share `smoothing`. */
export const smoothBinary = (y: Tensor, smoothing: number): Tensor => (smoothing === 0 ? y : tf.add(tf.mul(y, 1 - smoothing), smoothing / 2));

/**
 * `-mean(y log p + (1 - y) log(1 - p))` over `axis`. Computed from the logits where the prediction is a sigmoid's or `fromLogits` says so
 * (then no gradient flows to the targets), else from p clipped to [1e-7, 1 - 1e-7].
 */
export const binaryCrossentropy = defineLoss({
  kind: 'binaryCrossentropy',
  keras: { name: 'BinaryCrossentropy' },
  options: z.strictObject({
    fromLogits: z.boolean().default(false),
    labelSmoothing: z.number().min(0).max(1).default(0),
    axis: z.int().default(-1),
  }),
  call: ({ fromLogits: areLogits, labelSmoothing, axis }) => (yTrue, yPred) => {
    const [given, p] = alike('binaryCrossentropy', yTrue, yPred);
    const y = smoothBinary(given, labelSmoothing);
    const logits = areLogits ? p : logitsOf(p, 'sigmoid');
    if (!logits) return meanOver(fromProbabilities(y, p), axis);
    return withGradient(logits, (keep) => {
      keep(y, p);
      return meanOver(fromLogits(y, logits), axis);
    }, (dy, target, kept) => tf.mul(meanSlope(dy, target!.shape, axis), tf.sub(areLogits ? tf.sigmoid(kept!) : kept!, target!)));
  },
  problemWith: (yTrue) => binaryProblem(yTrue),
});
