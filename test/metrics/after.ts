import type { Metric } from '../../src/core/metric.ts';
import { tf } from '../../src/core/tensor.ts';

/** What a metric comes to after these batches. */
export function after(metric: Metric, ...batches: [yTrue: tf.TensorLike, yPred: tf.TensorLike, weights?: number[] | undefined][]): number[] {
  return tf.tidy(() => {
    const tensors = batches.map(([yTrue, yPred, weights]) => [tf.tensor(yTrue), tf.tensor(yPred), weights && tf.tensor1d(weights)] as const);
    const state = tensors.reduce((current, batch) => metric.update(current, ...batch), metric.zeros(tensors[0]![1].shape));
    return [...metric.result(state).dataSync()];
  });
}
