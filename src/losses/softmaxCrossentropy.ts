import { tf, type Tensor } from '../core/tensor.ts';
import { withGradient } from './gradient.ts';

/** `x` with `axis` moved to the end. */
export function toLast(x: Tensor, axis: number): Tensor {
  const place = axis < 0 ? axis + x.rank : axis;
  if (place === x.rank - 1) return x;
  const others = x.shape.map((_, i) => i).filter((i) => i !== place);
  return tf.transpose(x, [...others, place]);
}

/**
 * `Σ y (log Σ eˣ - x)` over the last axis: the cross-entropy of softmax(x), by log-sum-exp; its gradient is `softmax(x) Σ y - y`.
 * No gradient flows to `y`.
 * @param y shares of the classes, [batch, …, classes]
 * @param probabilities softmax(x), if it is known
 * @param distribution whether each row of `y` sums to 1
 */
export function softmaxCrossentropy(y: Tensor, x: Tensor, { probabilities, distribution }: { probabilities?: Tensor | undefined; distribution: boolean }): Tensor {
  const rows = x.shape.slice(0, -1);
  return withGradient(x, (keep) => {
    const shares = distribution ? [] : [tf.sum(y, -1)];
    keep(y, probabilities ?? x, ...shares);
    const shifted = tf.sub(x, tf.max(x, -1, true));
    const log = tf.log(tf.sum(tf.exp(shifted), -1));
    return tf.sub(shares[0] ? tf.mul(shares[0], log) : log, tf.sum(tf.mul(y, shifted), -1));
  }, (dy, target, kept, share) => {
    const p = probabilities ? kept! : tf.softmax(kept!);
    const slope = tf.sub(share ? tf.mul(p, tf.reshape(share, [...rows, 1])) : p, target!);
    return tf.mul(slope, tf.reshape(dy, [...rows, 1]));
  });
}
