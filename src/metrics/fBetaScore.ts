/** Precision and recall in one number. */
import { z } from 'zod';
import { defineMetric } from '../core/metric.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { alike } from '../losses/alike.ts';
import { columnsOf, rowsOf, rowWeights } from './columns.ts';

const epsilon = 1e-7;

const options = z.strictObject({
  /** One score for each class (`null`), their mean (`macro`), their mean by how many examples each has (`weighted`), or one for all classes together (`micro`). */
  average: z.enum(['micro', 'macro', 'weighted']).nullable().default(null),
  /** What lies above it is predicted; without one, the best class is. */
  threshold: z.number().gt(0).max(1).nullable().default(null),
});
type Options = z.output<typeof options> & { beta: number };

/** 1 where a class is predicted. */
function decided(p: Tensor, threshold: number | null): Tensor {
  if (threshold !== null) return tf.cast(tf.greater(p, threshold), 'float32');
  const best = tf.cast(tf.greaterEqual(p, tf.max(p, -1, true)), 'float32');
  return tf.mul(best, tf.cast(tf.greater(tf.abs(p), 1e-9), 'float32'));
}

/** State: by class, the weights of what is rightly predicted, of what is predicted, and of what there is. */
const score = (kind: string) => ({
  state: ({ average }: Options, outputShape: readonly number[]) => {
    const sizes = average === 'micro' ? [] : [columnsOf(kind, outputShape)];
    return { right: sizes, predicted: sizes, actual: sizes };
  },
  update: ({ average, threshold }: Options, state: Readonly<Record<'right' | 'predicted' | 'actual', Tensor>>, yTrue: Tensor, yPred: Tensor, weights: Tensor | undefined) => {
    const [t, p] = alike(kind, yTrue, yPred);
    const actual = weights ? tf.mul(rowsOf(t), rowWeights(weights, t)) : rowsOf(t);
    const choice = decided(rowsOf(p), threshold);
    const total = (x: Tensor) => tf.sum(x, average === 'micro' ? undefined : 0);
    return {
      right: tf.add(state.right, total(tf.mul(choice, actual))),
      predicted: tf.add(state.predicted, total(weights ? tf.mul(choice, rowWeights(weights, t)) : choice)),
      actual: tf.add(state.actual, total(actual)),
    };
  },
  result: ({ average, beta }: Options, { right, predicted, actual }: Readonly<Record<'right' | 'predicted' | 'actual', Tensor>>) => {
    const precision = tf.div(right, tf.add(predicted, epsilon));
    const recall = tf.div(right, tf.add(actual, epsilon));
    const blend = tf.add(tf.add(tf.mul(precision, beta ** 2), recall), epsilon);
    const scores = tf.mul(tf.div(tf.mul(precision, recall), blend), 1 + beta ** 2);
    if (average === 'weighted') return tf.sum(tf.mul(scores, tf.div(actual, tf.add(tf.sum(actual), epsilon))));
    return average === 'macro' ? tf.mean(scores) : scores;
  },
});

/** `(1 + beta²) · precision · recall / (beta² · precision + recall)`; targets are one-hot or of several labels. */
export const fBetaScore = defineMetric({
  kind: 'fBetaScore',
  keras: { name: 'FBetaScore' },
  options: options.extend({ beta: z.number().positive().default(1) }),
  ...score('fBetaScore'),
});

const f1 = score('f1Score');

/** `2 · precision · recall / (precision + recall)`; targets are one-hot or of several labels. */
export const f1Score = defineMetric({
  kind: 'f1Score',
  keras: { name: 'F1Score' },
  options,
  state: (given, outputShape) => f1.state({ ...given, beta: 1 }, outputShape),
  update: (given, ...rest) => f1.update({ ...given, beta: 1 }, ...rest),
  result: (given, state) => f1.result({ ...given, beta: 1 }, state),
});
