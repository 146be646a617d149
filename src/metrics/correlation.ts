/** How closely predictions follow their targets within each example. */
import { z } from 'zod';
import { defineMeanMetric } from '../core/metric.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { alike } from '../losses/alike.ts';
import { cosine } from '../losses/cosineSimilarity.ts';

const options = z.strictObject({ axis: z.int().default(-1) });

const centred = (x: Tensor, mean: Tensor): Tensor => tf.sub(x, mean);
const variance = (x: Tensor, axis: number): Tensor => tf.mean(tf.square(x), axis);

/** Mean of the cosine of the angle between targets and predictions; unlike the loss, 1 where they point the same way. */
export const cosineSimilarity = defineMeanMetric({
  kind: 'cosineSimilarity',
  keras: { name: 'CosineSimilarity' },
  options,
  values: ({ axis }) => (yTrue, yPred) => cosine('cosineSimilarity', yTrue, yPred, axis),
});

/** Mean of Pearson's correlation coefficient of targets and predictions along `axis`. */
export const pearsonCorrelation = defineMeanMetric({
  kind: 'pearsonCorrelation',
  keras: { name: 'PearsonCorrelation' },
  options,
  values: ({ axis }) => (yTrue, yPred) => {
    const [t, p] = alike('pearsonCorrelation', yTrue, yPred).map((x) => centred(x, tf.mean(x, axis, true))) as [Tensor, Tensor];
    return tf.div(tf.mean(tf.mul(t, p), axis), tf.sqrt(tf.mul(variance(t, axis), variance(p, axis))));
  },
});

/** Mean of Lin's concordance correlation coefficient along `axis`: correlation that a shift or another scale lowers. */
export const concordanceCorrelation = defineMeanMetric({
  kind: 'concordanceCorrelation',
  keras: { name: 'ConcordanceCorrelation' },
  options,
  values: ({ axis }) => (yTrue, yPred) => {
    const pair = alike('concordanceCorrelation', yTrue, yPred);
    const [meanT, meanP] = pair.map((x) => tf.mean(x, axis, true)) as [Tensor, Tensor];
    const [t, p] = [centred(pair[0], meanT), centred(pair[1], meanP)];
    const shift = tf.mean(tf.squaredDifference(meanT, meanP), axis);
    return tf.div(tf.mul(tf.mean(tf.mul(t, p), axis), 2), tf.add(tf.add(tf.add(variance(t, axis), variance(p, axis)), shift), 1e-7));
  },
});
