import { z } from 'zod';
import { defineMeanMetric } from '../core/metric.ts';
import { tf } from '../core/tensor.ts';
import { alike } from '../losses/alike.ts';

/** `√ mean((yTrue - yPred)²)`, the root taken of the mean over the epoch. */
export const rootMeanSquaredError = defineMeanMetric({
  kind: 'rootMeanSquaredError',
  keras: { name: 'RootMeanSquaredError' },
  options: z.strictObject({}),
  values: () => (yTrue, yPred) => tf.squaredDifference(...alike('rootMeanSquaredError', yTrue, yPred)),
  finish: tf.sqrt,
});
