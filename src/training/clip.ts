/** Limits on gradients, as Keras sets them (`clipnorm`, `global_clipnorm`, `clipvalue`). */
import type { Optimizer } from '../core/optimizer.ts';
import { tf, type Tensor } from '../core/tensor.ts';

const squares = (gradient: Tensor) => tf.sum(tf.square(gradient));
/** What brings a norm down to `limit`, and leaves a smaller one alone. */
const factor = (squared: Tensor, limit: number) => tf.div(limit, tf.maximum(tf.sqrt(squared), limit));

/** The gradients with their norms, or their elements, brought within the limits of the options. */
export function clip({ clipnorm, globalClipnorm, clipvalue }: Optimizer['options'], gradients: readonly Tensor[]): readonly Tensor[] {
  if (clipvalue !== null) return gradients.map((gradient) => tf.clipByValue(gradient, -clipvalue, clipvalue));
  if (clipnorm !== null) return gradients.map((gradient) => tf.mul(gradient, factor(squares(gradient), clipnorm)));
  if (globalClipnorm !== null && gradients.length > 0) {
    const shrink = factor(tf.addN(gradients.map(squares)), globalClipnorm);
    return gradients.map((gradient) => tf.mul(gradient, shrink));
  }
  return gradients;
}
