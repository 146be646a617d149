import { beforeAll, describe, expect, it } from 'vitest';
import type { Metric } from '../../src/core/metric.ts';
import { tf } from '../../src/core/tensor.ts';
import { metrics } from '../../src/metrics/index.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { after } from './after.ts';

// Twelve rows of three labels, in two batches of 7 and 5; weights 1, 2, 3, 1, 2, 3 …
const rows = Array.from({ length: 12 }, (_, n) => n);
const p = rows.map((n) => [0, 1, 2].map((l) => 0.5 + 0.45 * Math.sin(1.7 * n + 2.3 * l)));
const y = rows.map((n) => [0, 1, 2].map((l) => (Math.sin(1.1 * n + 2 * l) > 0 ? 1 : 0)));
const w = rows.map((n) => 1 + (n % 3));

const inTwo = (metric: Metric, weights?: number[], targets: number[][] | number[] = y, predictions = p) =>
  after(metric, [targets.slice(0, 7), predictions.slice(0, 7), weights?.slice(0, 7)], [targets.slice(7), predictions.slice(7), weights?.slice(7)]);

const near = { rtol: 1e-5, atol: 1e-6 };

describe.each(engines)('metrics of classification on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  it('accuracies are shares of what is right', () => {
    expectClose(after(metrics.accuracy(), [[1, 2, 3], [1, 2, 4]], [[5], [5]]), [3 / 4], near);
    expectClose(after(metrics.binaryAccuracy(), [[1, 0, 1, 0], [[0.6], [0.5], [0.4], [0.9]]]), [2 / 4], near);
    expectClose(after(metrics.binaryAccuracy({ threshold: 0.3 }), [[1, 0, 1, 0], [[0.6], [0.5], [0.4], [0.2]]]), [3 / 4], near);
    expectClose(after(metrics.categoricalAccuracy(), [[[0, 1, 0], [1, 0, 0]], [[0.1, 0.8, 0.1], [0.2, 0.3, 0.5]]]), [1 / 2], near);
    expectClose(after(metrics.sparseCategoricalAccuracy(), [[1, 0], [[0.1, 0.8, 0.1], [0.2, 0.3, 0.5]]], [[[2]], [[0, 0, 1]]]), [2 / 3], near);
    expectClose(after(metrics.sparseCategoricalAccuracy(), [[1, 0], [[0.1, 0.9], [0.2, 0.8]], [3, 1]]), [3 / 4], near);
  });

  it('weights of steps and of examples count alike', () => {
    const steps = [[[1, 0], [0, 1]], [[1, 0], [1, 0]]];
    const labels = [[0, 0], [0, 1]];
    const weighted = (weights: tf.Tensor) => tf.tidy(() => {
      const metric = metrics.sparseCategoricalAccuracy();
      return [...metric.result(metric.update(metric.zeros(), tf.tensor(labels), tf.tensor(steps), weights)).dataSync()];
    });
    // Right are the first step of the first row and the first of the second.
    expectClose(weighted(tf.tensor1d([1, 3])), [(1 + 3) / 8], near);
    expectClose(weighted(tf.tensor2d([[1, 0], [0, 1]])), [1 / 2], near);
  });

  it('the best k', () => {
    const scores = [[0.1, 0.5, 0.3, 0.1], [0.4, 0.3, 0.2, 0.1]];
    expectClose(after(metrics.sparseTopKCategoricalAccuracy({ k: 2 }), [[2, 2], scores]), [1 / 2], near);
    expectClose(after(metrics.topKCategoricalAccuracy({ k: 3 }), [[[0, 0, 1, 0], [0, 0, 1, 0]], scores]), [1], near);
    // A tie for the last place counts.
    expectClose(after(metrics.sparseTopKCategoricalAccuracy({ k: 3 }), [[3, 3], scores]), [1 / 2], near);
    expectClose(after(metrics.sparseTopKCategoricalAccuracy({ k: 2, fromSortedIds: true }), [[2, 2], [[1, 2, 0, 3], [0, 1, 2, 3]]]), [1 / 2], near);
  });

  it('decisions at thresholds', () => {
    const batch = [[1, 1, 1, 0, 0], [[0.9], [0.6], [0.3], [0.7], [0.1]]] satisfies [number[], number[][]];
    expectClose(after(metrics.truePositives(), batch), [2], near);
    expectClose(after(metrics.falsePositives(), batch), [1], near);
    expectClose(after(metrics.trueNegatives(), batch), [1], near);
    expectClose(after(metrics.falseNegatives(), batch), [1], near);
    expectClose(after(metrics.falseNegatives({ thresholds: [0, 0.6, 1] }), batch), [0, 2, 3], near);
    expectClose(after(metrics.precision(), batch), [2 / 3], near);
    expectClose(after(metrics.recall({ thresholds: 0.65 }), batch), [1 / 3], near);
    expectClose(after(metrics.precision({ thresholds: [0.65, 0.95] }), batch), [1 / 2, 0], near);
  });

  it('any target but 0 is positive', () => {
    expectClose(after(metrics.truePositives(), [[0.2, -1, 2, 0], [0.9, 0.9, 0.9, 0.9]]), [3], near);
  });

  it('a score of 0 lies above the lowest threshold of a curve, but above none of an operating point', () => {
    expectClose(after(metrics.auc(), [[1, 0], [0, 0]]), [1 / 2], near);
    expectClose(after(metrics.sensitivityAtSpecificity({ specificity: 0 }), [[1, 0], [0, 0]]), [0], near);
  });

  it('a perfect ranking', () => {
    for (const curve of ['ROC', 'PR', 'PRGAIN'] as const) expectClose(after(metrics.auc({ curve }), [[0, 1], [0.2, 0.8]]), [1], near);
    expectClose(after(metrics.precisionAtRecall({ recall: 1 }), [[0, 1], [0.2, 0.8]]), [1], near);
    expectClose(after(metrics.recallAtPrecision({ precision: 1 }), [[0, 1], [0.2, 0.8]]), [1], near);
    expectClose(after(metrics.specificityAtSensitivity({ sensitivity: 1 }), [[0, 1], [0.2, 0.8]]), [1], near);
  });

  it('the area under the ROC is the share of pairs that are ranked rightly', () => {
    const scores = [0.12, 0.93, 0.57, 0.31, 0.78, 0.66, 0.04];
    const labels = [0, 1, 0, 1, 1, 0, 0];
    const pairs = scores.flatMap((high, i) => scores.flatMap((low, j) => (labels[i] === 1 && labels[j] === 0 ? [high > low ? 1 : 0] : [])));
    const share = pairs.reduce((sum: number, right) => sum + right, 0) / pairs.length;
    expectClose(after(metrics.auc({ numThresholds: 1000 }), [labels, scores]), [share], near);
  });

  it('of overlapping areas', () => {
    // Class 0: 2 of 3 fit, class 1: 1 of 3, class 2: 1 of 1.
    const [labels, predictions] = [[0, 0, 1, 1, 2, 0], [0, 0, 1, 0, 2, 1]];
    expectClose(after(metrics.meanIoU({ numClasses: 3 }), [labels, predictions]), [(2 / 4 + 1 / 3 + 1) / 3], near);
    expectClose(after(metrics.iou({ numClasses: 3, targetClassIds: [1] }), [labels, predictions]), [1 / 3], near);
    expectClose(after(metrics.meanIoU({ numClasses: 3, ignoreClass: 2 }), [labels, predictions]), [(2 / 4 + 1 / 3) / 2], near);
    // What is no class counts for nothing, nor does a class that never occurs.
    expectClose(after(metrics.meanIoU({ numClasses: 4 }), [[...labels, -1, 9], [...predictions, 0, 0]]), [(2 / 4 + 1 / 3 + 1) / 3], near);
    expectClose(after(metrics.binaryIoU(), [[1, 1, 0], [0.5, 0.4, 0.1]]), [(1 / 2 + 1 / 2) / 2], near);
    expectClose(after(metrics.oneHotIoU({ numClasses: 2, targetClassIds: [0] }), [[[1, 0], [0, 1]], [[0.6, 0.4], [0.7, 0.3]]]), [1 / 2], near);
    expectClose(after(metrics.meanIoU({ numClasses: 2 }), [[0, 1, 1], [0, 1, 0], [0.5, 1, 0.5]]), [(0.5 / 1 + 1 / 1.5) / 2], near);
  });

  it('f1 of the best class, by class', () => {
    const batch = [[[1, 0], [1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]] satisfies [number[][], number[][]];
    expectClose(after(metrics.f1Score(), batch), [2 / 3, 2 / 3], near);
    expectClose(after(metrics.fBetaScore({ beta: 2, threshold: 0.25 }), batch), [1 / 2, 5 / 6], { rtol: 1e-4, atol: 1e-6 });
    // Where all scores are 0 nothing is predicted.
    expectClose(after(metrics.f1Score({ average: 'micro' }), [[[1, 0], [1, 0]], [[0, 0], [0.6, 0.4]]]), [2 / 3], near);
  });

  // Keras 3.15.1, with the same data.
  it.each<[string, Metric, number[] | undefined, number[]]>([
    ['PRGAIN', metrics.auc({ numThresholds: 21, curve: 'PRGAIN' }), undefined, [0.009951332584023476]],
    ['PRGAIN, minoring', metrics.auc({ numThresholds: 21, curve: 'PRGAIN', summationMethod: 'minoring' }), undefined, [-0.05643963813781738]],
    ['PRGAIN, majoring', metrics.auc({ numThresholds: 21, curve: 'PRGAIN', summationMethod: 'majoring' }), undefined, [0.07634230703115463]],
    ['AUC with label weights', metrics.auc({ numThresholds: 21, labelWeights: [0.5, 1, 2] }), undefined, [0.4834757447242737]],
    ['AUC with label and sample weights', metrics.auc({ numThresholds: 21, labelWeights: [0.5, 1, 2] }), w, [0.4443727433681488]],
    ['AUC of labels', metrics.auc({ numThresholds: 21, curve: 'PR', multiLabel: true }), undefined, [0.49619826674461365]],
    ['AUC of labels at thresholds', metrics.auc({ curve: 'PR', multiLabel: true, thresholds: [0.7, 0.2, 0.45] }), undefined, [0.4629528820514679]],
    ['AUC, majoring', metrics.auc({ numThresholds: 21, summationMethod: 'majoring' }), w, [0.5077399015426636]],
    ['F2, micro', metrics.fBetaScore({ average: 'micro', beta: 2, threshold: 0.6 }), w, [0.4761904776096344]],
    ['F1, macro', metrics.f1Score({ average: 'macro' }), w, [0.38026222586631775]],
    ['precision', metrics.precision({ thresholds: [0.25, 0.5] }), w, [0.4285714328289032, 0.47058823704719543]],
    ['recall of a class among the best', metrics.recall({ topK: 1, classId: 1 }), undefined, [0.4285714328289032]],
    ['sensitivity', metrics.sensitivityAtSpecificity({ specificity: 0.5, numThresholds: 11, classId: 2 }), w, [0.3333333432674408]],
    ['precision at one threshold', metrics.precisionAtRecall({ recall: 0.5, numThresholds: 1 }), undefined, [0]],
    ['true negatives', metrics.trueNegatives({ thresholds: [0, 0.5, 1] }), w, [0, 20, 38]],
    ['mean IoU of the best class', metrics.oneHotMeanIoU({ numClasses: 3 }), undefined, [0.3214285671710968]],
  ])("%s as Keras's", (_, metric, weights, want) => {
    const before = tf.memory().numTensors;
    expectClose(inTwo(metric, weights), want, { rtol: 1e-4, atol: 1e-6 });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is exact over an epoch: batches come to the same as all at once', () => {
    for (const metric of [metrics.auc({ numThresholds: 50 }), metrics.precision(), metrics.f1Score({ average: 'weighted' }), metrics.specificityAtSensitivity({ sensitivity: 0.5 })]) {
      expectClose(inTwo(metric, w), after(metric, [y, p, w]), near);
    }
  });

  it('refuses what does not fit', () => {
    expect(() => after(metrics.precision({ classId: 3 }), [y, p])).toThrow('precision: classId is 3, but there are 3 classes (0–2)');
    expect(() => metrics.f1Score().zeros()).toThrow('f1Score: its state depends on the shape of the predictions; give it: zeros([batch, …, columns])');
    expect(() => after(metrics.meanIoU({ numClasses: 2 }), [[0, 1], [0, 1, 1]])).toThrow('meanIoU: labels [2] and predictions [3] are not as many');
    expect(() => after(metrics.categoricalAccuracy(), [[0, 1], p])).toThrow('categoricalAccuracy: targets of shape [2] do not fit predictions of shape [12, 3]');
  });
});

describe('options of metrics', () => {
  it('are checked', () => {
    expect(() => metrics.auc({ curve: 'roc' as never })).toThrow('curve cannot be "roc" — did you mean "ROC"?');
    expect(() => metrics.precision({ thresholds: 1.5 })).toThrow('thresholds must be at most 1, got 1.5');
    expect(() => metrics.iou({ numClasses: 2, targetClassIds: [0, 2] })).toThrow('targetClassIds must be below numClasses');
    expect(() => (metrics.meanIoU as (options?: unknown) => Metric)()).toThrow('meanIoU: numClasses missing');
    expect(() => metrics.fBetaScore({ beta: 0 })).toThrow('beta must be greater than 0, got 0');
  });

  it('are kept with the metric, which goes by the name it is exported under', () => {
    for (const [name, factory] of Object.entries(metrics)) expect(factory.kind).toBe(name);
    expect(new Set(Object.values(metrics).map(({ keras }) => keras?.name)).size).toBe(Object.keys(metrics).length);
    expect(metrics.binaryAccuracy({ threshold: 0.4, name: 'hits' })).toMatchObject({ kind: 'binaryAccuracy', name: 'hits', options: { threshold: 0.4 } });
    expect(metrics.binaryAccuracy().name).toBeUndefined();
  });
});
