import { withGradient } from './gradient.ts';
import { tf, type Tensor } from './tensor.ts';

/** Euclidean projection of the last axis onto the probability simplex. Formulas: Martins and Astudillo, 2016, algorithm 1 and equation 9. */
export const sparsemax: (x: Tensor) => Tensor = withGradient({
  forward(x) {
    const size = x!.shape.at(-1)!;
    const sorted = tf.topk(x!, size, true).values;
    const sums = tf.sub(tf.cumsum(sorted, x!.rank - 1), 1);
    const inside = tf.step(tf.sub(tf.mul(sorted, tf.range(1, size + 1, 1, 'float32')), sums));
    const excess = tf.sub(tf.sum(tf.mul(sorted, inside), -1, true), 1);
    return tf.relu(tf.sub(x!, tf.div(excess, tf.sum(inside, -1, true))));
  },
  backward(dy, y) {
    const support = tf.step(y);
    const mean = tf.div(tf.sum(tf.mul(dy, support), -1, true), tf.sum(support, -1, true));
    return [tf.mul(support, tf.sub(dy, mean))];
  },
});
