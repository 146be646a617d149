import { z } from 'zod';
import { defineMetric } from '../core/metric.ts';
import { tf } from '../core/tensor.ts';
import { alike } from '../losses/alike.ts';
import { columnsOf, rowsOf, rowWeights } from './columns.ts';

/** `1 - Σ (yTrue - yPred)² / Σ (yTrue - mean)²`: the share of the targets' variance that is explained. 0 where they do not vary. */
export const r2Score = defineMetric({
  kind: 'r2Score',
  keras: { name: 'R2Score' },
  options: z.strictObject({
    /** One score for each column (`null`), their mean, or their mean by the columns' variance. */
    classAggregation: z.enum(['uniformAverage', 'varianceWeightedAverage']).nullable().default('uniformAverage'),
    /** How many independent regressors the score is adjusted for. */
    numRegressors: z.int().min(0).default(0),
  }),
  state: (_, outputShape) => {
    const sizes = [columnsOf('r2Score', outputShape)];
    return { samples: [], weight: sizes, sum: sizes, squares: sizes, residual: sizes };
  },
  update: (_, state, yTrue, yPred, weights) => {
    const [given, prediction] = alike('r2Score', yTrue, yPred);
    const [t, p] = [rowsOf(given), rowsOf(prediction)];
    const share = weights ? tf.broadcastTo(rowWeights(weights, given), t.shape) : tf.onesLike(t);
    const weighted = tf.mul(t, share);
    return {
      samples: tf.add(state.samples, t.size),
      weight: tf.add(state.weight, tf.sum(share, 0)),
      sum: tf.add(state.sum, tf.sum(weighted, 0)),
      squares: tf.add(state.squares, tf.sum(tf.mul(t, weighted), 0)),
      residual: tf.add(state.residual, tf.sum(tf.mul(tf.squaredDifference(t, p), share), 0)),
    };
  },
  result: ({ classAggregation, numRegressors }, { samples, weight, sum, squares, residual }) => {
    const variation = tf.sub(squares, tf.mul(sum, tf.div(sum, weight)));
    const raw = tf.sub(1, tf.div(residual, variation));
    const scores = tf.where(tf.isInf(raw), 0, raw);
    const score = classAggregation === 'uniformAverage' ? tf.mean(scores)
      : classAggregation === 'varianceWeightedAverage' ? tf.div(tf.sum(tf.mul(variation, scores)), tf.sum(variation))
      : scores;
    if (numRegressors === 0) return score;
    // Keras counts every number as a sample, and leaves the score as it is where there are too few of them.
    const free = tf.sub(samples, 1 + numRegressors);
    const adjusted = tf.sub(1, tf.div(tf.mul(tf.sub(1, score), tf.sub(samples, 1)), free));
    return tf.where(tf.broadcastTo(tf.greater(free, 0), score.shape), adjusted, score);
  },
});
