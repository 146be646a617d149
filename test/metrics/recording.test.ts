import { beforeAll, describe, expect, it } from 'vitest';
import type { Metric } from '../../src/core/metric.ts';
import { tf, type TensorLike } from '../../src/core/tensor.ts';
import { metrics } from '../../src/metrics/index.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { canRecord, expectSameRecorded } from '../helpers/recording.ts';

const bits = [[1, 0, 0], [0, 1, 1], [1, 1, 0], [0, 0, 1]];
const oneHot = [[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]];
const labels = [0, 1, 1, 2];
const shares = [[0.5, 0.3, 0.2], [0.1, 0.7, 0.2], [0.6, 0.3, 0.1], [0.2, 0.35, 0.45]];
const classes = [0, 1, 2, 2];

/** Options, targets and predictions; for most the shares of classes against bits do. */
const special: { [kind in keyof typeof metrics]?: [metric: Metric, y: TensorLike, p: TensorLike][] } = {
  auc: [[metrics.auc({ numThresholds: 20 }), bits, shares], [metrics.auc({ multiLabel: true, curve: 'PR', fromLogits: true }), bits, shares]],
  categoricalAccuracy: [[metrics.categoricalAccuracy(), oneHot, shares]],
  categoricalCrossentropy: [[metrics.categoricalCrossentropy(), oneHot, shares]],
  iou: [[metrics.iou({ numClasses: 3, targetClassIds: [0, 2], ignoreClass: 1 }), labels, classes]],
  meanIoU: [[metrics.meanIoU({ numClasses: 3 }), labels, classes]],
  oneHotIoU: [[metrics.oneHotIoU({ numClasses: 3, targetClassIds: [1] }), oneHot, shares]],
  oneHotMeanIoU: [[metrics.oneHotMeanIoU({ numClasses: 3 }), oneHot, shares]],
  precision: [[metrics.precision(), bits, shares], [metrics.precision({ topK: 2 }), bits, shares], [metrics.precision({ classId: 1 }), bits, shares]],
  precisionAtRecall: [[metrics.precisionAtRecall({ recall: 0.5 }), bits, shares]],
  recallAtPrecision: [[metrics.recallAtPrecision({ precision: 0.5 }), bits, shares]],
  sensitivityAtSpecificity: [[metrics.sensitivityAtSpecificity({ specificity: 0.5 }), bits, shares]],
  specificityAtSensitivity: [[metrics.specificityAtSensitivity({ sensitivity: 0.5 }), bits, shares]],
  sparseCategoricalAccuracy: [[metrics.sparseCategoricalAccuracy(), labels, shares]],
  sparseCategoricalCrossentropy: [[metrics.sparseCategoricalCrossentropy({ ignoreClass: 1 }), labels, shares]],
  sparseTopKCategoricalAccuracy: [[metrics.sparseTopKCategoricalAccuracy({ k: 2 }), labels, shares], [metrics.sparseTopKCategoricalAccuracy({ k: 1, fromSortedIds: true }), labels, oneHot]],
};
const cases = Object.entries(metrics).flatMap(([kind, make]) =>
  (special[kind as keyof typeof metrics] ?? [[(make as () => Metric)(), bits, shares] as const]).map(([metric, y, p], i) => ({ kind, i, metric, y, p })));

describe.each(engines)('metrics can be recorded on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  it.for(cases)('$kind $i', ({ metric, y, p }, { skip }) => {
    skip(!canRecord(), 'this engine does not record');
    tf.tidy(() => {
      const data = [tf.tensor(y), tf.tensor(p), tf.tensor1d([1, 2, 0.5, 3])];
      const zeros = metric.zeros([2, ...data[1]!.shape.slice(1)]);
      const names = Object.keys(zeros);
      const declined = expectSameRecorded(Object.values(zeros), data, (state, [yTrue, yPred, weights]) => {
        const next = metric.update(Object.fromEntries(names.map((name, i) => [name, state[i]!])), yTrue!, yPred!, weights);
        return names.map((name) => next[name]!);
      });
      expect(declined).toBeUndefined();
    });
  });
});
