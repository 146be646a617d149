/** Shares of right predictions. */
import { z } from 'zod';
import { defineMeanMetric } from '../core/metric.ts';
import { tf } from '../core/tensor.ts';
import { alike } from '../losses/alike.ts';
import { labelsFor } from '../losses/sparseCategoricalCrossentropy.ts';

/** How often a prediction equals its target, element by element. (The name `'accuracy'` in `compile` stands for the accuracy that fits the loss.) */
export const accuracy = defineMeanMetric({
  kind: 'accuracy',
  keras: { name: 'Accuracy' },
  options: z.strictObject({}),
  values: () => (yTrue, yPred) => tf.equal(...alike('accuracy', yTrue, tf.cast(yPred, 'float32'))),
});

/** How often a probability lies on its target's side of `threshold`. */
export const binaryAccuracy = defineMeanMetric({
  kind: 'binaryAccuracy',
  keras: { name: 'BinaryAccuracy' },
  options: z.strictObject({ threshold: z.number().default(0.5) }),
  values: ({ threshold }) => (yTrue, yPred) => {
    const [t, p] = alike('binaryAccuracy', yTrue, yPred);
    return tf.equal(t, tf.cast(tf.greater(p, threshold), 'float32'));
  },
});

/** How often the most probable class is the one-hot target's. */
export const categoricalAccuracy = defineMeanMetric({
  kind: 'categoricalAccuracy',
  keras: { name: 'CategoricalAccuracy' },
  options: z.strictObject({}),
  values: () => (yTrue, yPred) => {
    const [t, p] = alike('categoricalAccuracy', yTrue, yPred);
    return tf.equal(tf.argMax(t, -1), tf.argMax(p, -1));
  },
});

/** How often the most probable class is the one that an integer label names. */
export const sparseCategoricalAccuracy = defineMeanMetric({
  kind: 'sparseCategoricalAccuracy',
  keras: { name: 'SparseCategoricalAccuracy' },
  options: z.strictObject({}),
  values: () => (yTrue, yPred) => tf.equal(labelsFor('sparseCategoricalAccuracy', yTrue, yPred), tf.argMax(yPred, -1)),
});
