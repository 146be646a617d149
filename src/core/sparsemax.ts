import { withGradient } from './gradient.ts';
import { tf, type Tensor } from './tensor.ts';

/** How many of the largest components stay above the threshold, and the cumulative sums of all in descending order. */
function supportOf(x: Tensor) {
  const size = x.shape.at(-1)!;
  const { values, indices } = tf.topk(x, size, true);
  const sums = tf.cumsum(values, x.rank - 1);
  const inside = tf.step(tf.sub(tf.mul(values, tf.range(1, size + 1, 1, 'float32')), tf.sub(sums, 1)));
  return { inside, sums, indices, count: tf.sum(inside, -1, true) };
}

/**
 * Over the last axis: `max(x − τ, 0)`, where τ is such that many components become 0. Martins and Astudillo (2016) take
 * `τ = (s − 1) / k` with `s` the sum of the `k` components that stay, and so project onto the probability simplex. Keras 3 takes for `s` the
 * sum of all their cumulative sums; so do we, that its models compute the same here. The two agree, and the result sums to 1, where one component stays.
 */
export const sparsemax: (x: Tensor) => Tensor = withGradient({
  forward(x) {
    const { inside, sums, count } = supportOf(x!);
    return tf.relu(tf.sub(x!, tf.div(tf.sub(tf.sum(tf.mul(sums, inside), -1, true), 1), count)));
  },
  backward(dy, y, x) {
    const { count, indices } = supportOf(x!);
    // The component of rank r (from 0) is part of the cumulative sums r … k − 1: ∂τ/∂x = (k − r) / k. Sorting the sorting's indices gives ranks.
    const ranks = tf.topk(tf.neg(tf.cast(indices, 'float32')), x!.shape.at(-1)!, true).indices;
    const share = tf.div(tf.relu(tf.sub(count, tf.cast(ranks, 'float32'))), count);
    const through = tf.mul(dy, tf.step(y));
    return [tf.sub(through, tf.mul(share, tf.sum(through, -1, true)))];
  },
});
