import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/core/tensor.ts';
import { losses } from '../../src/losses/index.ts';
import { metrics } from '../../src/metrics/index.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { after } from './after.ts';

const near = { rtol: 1e-5, atol: 1e-6 };

describe.each(engines)('metrics of regression on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  it('are means over the epoch, not means of the batches', () => {
    expectClose(after(metrics.meanSquaredError(), [[[0], [0]], [[1], [2]]], [[[0]], [[4]]]), [(1 + 4 + 16) / 3], near);
    expectClose(after(metrics.rootMeanSquaredError(), [[[0], [0]], [[1], [2]]], [[[0]], [[4]]]), [Math.sqrt(7)], near);
    expectClose(after(metrics.meanAbsoluteError(), [[[0], [0]], [[1], [2]], [1, 3]], [[[0]], [[4]], [2]]), [(1 + 6 + 8) / 6], near);
  });

  it('are 0 before any batch', () => {
    for (const metric of [metrics.meanSquaredError(), metrics.mean(), metrics.sum(), metrics.rootMeanSquaredError()]) {
      expect(tf.tidy(() => metric.result(metric.zeros()).dataSync()[0])).toBe(0);
    }
  });

  it('r2 is the explained share of the variance', () => {
    // Column 0: residual 3 of 8; column 1: residual 1 of 2.
    const batches: [number[][], number[][]][] = [[[[1, 0], [3, 1]], [[2, 0], [3, 1]]], [[[5, 2]], [[5 + Math.SQRT2, 1]]]];
    expectClose(after(metrics.r2Score({ classAggregation: null }), ...batches), [1 - 3 / 8, 1 - 1 / 2], near);
    expectClose(after(metrics.r2Score(), ...batches), [(5 / 8 + 1 / 2) / 2], near);
    expectClose(after(metrics.r2Score({ classAggregation: 'varianceWeightedAverage' }), ...batches), [(5 + 1) / 10], near);
    expectClose(after(metrics.r2Score(), [[1, 2, 3], [1, 2, 4]]), [1 / 2], near);
    // Targets that do not vary.
    expectClose(after(metrics.r2Score(), [[[2], [2]], [[1], [2]]]), [0], near);
    // 1 - (1 - r²)(n - 1)/(n - p - 1), which n = 2 leaves no room for.
    expectClose(after(metrics.r2Score({ numRegressors: 1 }), [[1, 2, 3], [1, 2, 4]]), [1 - (1 / 2) * 2], near);
    expectClose(after(metrics.r2Score({ numRegressors: 1 }), [[1, 3], [1, 2]]), [1 / 2], near);
  });

  it('correlations of rows', () => {
    const [y, p] = [[[1, 2, 3], [1, 2, 4]], [[2, 4, 6], [3, 2, 0]]];
    expectClose(after(metrics.pearsonCorrelation(), [[y[0]!], [p[0]!]]), [1], near);
    // Second row: both vary by 14/3 (sums of squares), and -14/3 together.
    expectClose(after(metrics.pearsonCorrelation(), [y, p]), [0], near);
    // Sums of squares 2 and 8, products 4, means 2 and 4: 2 · 4/3 / (2/3 + 8/3 + 4).
    expectClose(after(metrics.concordanceCorrelation(), [[y[0]!], [p[0]!]]), [(8 / 3) / (22 / 3)], near);
    expectClose(after(metrics.cosineSimilarity(), [[[3, 4]], [[4, 3]]]), [0.96], near);
  });

  it('mean and sum are those of the predictions', () => {
    expectClose(after(metrics.mean(), [[0, 0], [1, 3]], [[0], [8], [2]]), [(1 + 3 + 16) / 4], near);
    expectClose(after(metrics.sum(), [[0, 0], [1, 3]], [[0], [8], [2]]), [20], near);
  });

  it('take the options of the loss of their name', () => {
    const [y, p] = [[[0, 1]], [[2, -1]]];
    const value = tf.tidy(() => losses.binaryCrossentropy({ fromLogits: true, labelSmoothing: 0.2 })(tf.tensor(y), tf.tensor(p)).dataSync()[0]!);
    expectClose(after(metrics.binaryCrossentropy({ fromLogits: true, labelSmoothing: 0.2 }), [y, p]), [value], near);
    expect(metrics.logCoshError().keras?.name).toBe('LogCoshError');
  });
});
