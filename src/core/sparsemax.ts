import { tf, type Tensor } from './tensor.ts';

/**
 * Over the last axis: `max(x − τ, 0)`, where τ is such that many components become 0. Martins and Astudillo (2016) take
 * `τ = (s − 1) / k` with `s` the sum of the `k` components that stay, and so project onto the probability simplex. Keras 3 takes for `s` the
 * sum of all their cumulative sums; so do we, that its models compute the same here. The two agree, and the result sums to 1, where one component stays.
 */
export function sparsemax(x: Tensor): Tensor {
  const size = x.shape.at(-1)!;
  const sorted = tf.topk(x, size, true).values;
  const sums = tf.cumsum(sorted, x.rank - 1);
  const stays = tf.step(tf.sub(tf.mul(sorted, tf.range(1, size + 1, 1, 'float32')), tf.sub(sums, 1)));
  const excess = tf.sub(tf.sum(tf.mul(sums, stays), -1, true), 1);
  return tf.relu(tf.sub(x, tf.div(excess, tf.sum(stays, -1, true))));
}
