/** Plain sums over an epoch, of the predictions: for what a model puts out, or for numbers of a loop of one's own. Targets count for nothing. */
import { z } from 'zod';
import { toRank } from '../core/loss.ts';
import { defineMeanMetric, defineMetric } from '../core/metric.ts';
import { tf } from '../core/tensor.ts';

/** The weighted mean of the predictions. */
export const mean = defineMeanMetric({ kind: 'mean', keras: { name: 'Mean' }, options: z.strictObject({}), values: () => (_, values) => values });

/** The weighted sum of the predictions. */
export const sum = defineMetric({
  kind: 'sum',
  keras: { name: 'Sum' },
  options: z.strictObject({}),
  state: () => ({ total: [] }),
  update: (_, { total }, _yTrue, values, weights) => ({ total: tf.add(total, tf.sum(weights ? tf.mul(values, toRank(weights, values.rank)) : values)) }),
  result: (_, { total }) => total,
});
