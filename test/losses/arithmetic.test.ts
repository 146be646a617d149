import { beforeAll, describe, expect, it } from 'vitest';
import { reduceLoss, type LossFunction } from '../../src/core/loss.ts';
import { tf } from '../../src/core/tensor.ts';
import { losses } from '../../src/losses/index.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';

const { log, cosh } = Math;
type Example = [name: string, loss: () => LossFunction, yTrue: number[] | number[][], yPred: number[][], want: number[]];

const examples: Example[] = [
  ['meanSquaredError', () => losses.meanSquaredError(), [[1, 2], [0, 4]], [[3, 2], [1, 1]], [2, 5]],
  ['meanAbsoluteError', () => losses.meanAbsoluteError(), [[1, 2], [0, 4]], [[3, 2], [1, 1]], [1, 2]],
  ['meanAbsolutePercentageError', () => losses.meanAbsolutePercentageError(), [[2, -4]], [[3, -3]], [37.5]],
  ['meanSquaredLogarithmicError', () => losses.meanSquaredLogarithmicError(), [[3, 0]], [[1, 0]], [log(2) ** 2 / 2]],
  ['huber: within 1 half the square, then the line', () => losses.huber(), [[0, 0]], [[0.5, 3]], [(0.125 + 2.5) / 2]],
  ['huber with a delta', () => losses.huber({ delta: 2 }), [[0, 0]], [[1, -3]], [(0.5 + 4) / 2]],
  ['logCosh', () => losses.logCosh(), [[0, 1]], [[1.5, -1]], [(log(cosh(1.5)) + log(cosh(2))) / 2]],
  ['logCosh of an error that cosh cannot take', () => losses.logCosh(), [[0]], [[-1000]], [1000 - log(2)]],
  ['poisson', () => losses.poisson(), [[2, 0]], [[3, 1]], [(3 - 2 * log(3) + 1) / 2]],
  ['klDivergence', () => losses.klDivergence(), [[0.5, 0.5]], [[0.25, 0.75]], [0.5 * log(2) + 0.5 * log(2 / 3)]],
  ['klDivergence of shares that are 0', () => losses.klDivergence(), [[1, 0], [0.5, 0.5]], [[0, 1], [0.5, 0.5]], [7 * log(10) - 7e-7 * log(10), 0]],
  ['cosineSimilarity', () => losses.cosineSimilarity(), [[3, 4], [1, 0], [0, 0]], [[4, 3], [0, 2], [1, 1]], [-0.96, 0, 0]],
  ['cosineSimilarity along the batch', () => losses.cosineSimilarity({ axis: 0 }), [[3, 1], [4, 0]], [[4, 0], [3, 1]], [-0.96, 0]],
  ['hinge of 0 and 1', () => losses.hinge(), [[1, 0]], [[0.5, 0.5]], [1]],
  ['hinge of -1 and 1', () => losses.hinge(), [[1, -1]], [[0.25, -3]], [0.375]],
  ['squaredHinge', () => losses.squaredHinge(), [[1, -1]], [[0.5, 1]], [2.125]],
  ['categoricalHinge', () => losses.categoricalHinge(), [[0, 1, 0], [1, 0, 0]], [[0.2, 0.5, 0.3], [5, 0, 1]], [0.8, 0]],
  ['binaryFocalCrossentropy', () => losses.binaryFocalCrossentropy({ gamma: 3 }), [[1], [0]], [[0.8], [0.6]], [0.2 ** 3 * -log(0.8), 0.6 ** 3 * -log(0.4)]],
  ['binaryFocalCrossentropy, balanced', () => losses.binaryFocalCrossentropy({ applyClassBalancing: true }), [[1], [0]], [[0.8], [0.6]], [0.25 * 0.04 * -log(0.8), 0.75 * 0.36 * -log(0.4)]],
  ['categoricalFocalCrossentropy', () => losses.categoricalFocalCrossentropy(), [[0, 1]], [[0.4, 0.6]], [0.25 * 0.16 * -log(0.6)]],
  ['categoricalFocalCrossentropy with a weight for each class', () => losses.categoricalFocalCrossentropy({ alpha: [1, 2], gamma: 0 }), [[0, 1]], [[0.4, 0.6]], [2 * -log(0.6)]],
  ['categoricalGeneralizedCrossEntropy', () => losses.categoricalGeneralizedCrossEntropy(), [1, 0], [[0.75, 0.25], [1, 0]], [1, 0]],
  ['dice of the whole batch', () => losses.dice(), [[1, 0], [1, 1]], [[0.5, 0], [1, 0.5]], [1 - 4 / 5]],
  ['dice of each example', () => losses.dice({ axis: [1] }), [[1, 0], [1, 1]], [[0.5, 0], [1, 0.5]], [1 - 1 / 1.5, 1 - 3 / 3.5]],
  ['tversky', () => losses.tversky({ alpha: 0.5, beta: 0.25 }), [[1, 0, 1]], [[1, 1, 0]], [1 - 1 / 1.75]],
];

describe.each(engines)('losses by hand on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  it.each(examples)('%s', (_, make, yTrue, yPred, want) => {
    const loss = make();
    const before = tf.memory().numTensors;
    tf.tidy(() => expectClose(loss(tf.tensor(yTrue as number[][]), tf.tensor(yPred)).dataSync(), want, { rtol: 1e-4, atol: 1e-6 }));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('every loss has an example, here or in a file of its own', () => {
    const elsewhere = ['binaryCrossentropy', 'categoricalCrossentropy', 'sparseCategoricalCrossentropy', 'circle', 'ctc'];
    const shown = new Set([...elsewhere, ...examples.map(([name]) => name.split(/[^a-zA-Z]/)[0])]);
    expect(Object.keys(losses).filter((kind) => !shown.has(kind))).toEqual([]);
  });

  it('a column of targets does for single predictions, one row of steps for steps', () => tf.tidy(() => {
    expect([...losses.meanSquaredError()(tf.tensor1d([1, 2]), tf.tensor2d([[1], [4]])).dataSync()]).toEqual([0, 4]);
    expect([...losses.meanSquaredError()(tf.tensor2d([[1], [2]]), tf.tensor1d([1, 4])).dataSync()]).toEqual([0, 4]);
    expect(losses.meanAbsoluteError()(tf.zeros([2, 5]), tf.zeros([2, 5, 1])).shape).toEqual([2, 5]);
  }));

  it('cosineSimilarity has a slope where the prediction is 0', () => tf.tidy(() => {
    const slope = tf.grad((p) => tf.sum(losses.cosineSimilarity()(tf.tensor2d([[1, 1]]), p)))(tf.tensor2d([[0, 0]]));
    expect([...slope.dataSync()].every(Number.isFinite)).toBe(true);
  }));

  it('targets of another width are refused, not broadcast', () => {
    expect(() => losses.huber()(tf.zeros([4, 1]), tf.zeros([4, 3]))).toThrow('huber: targets of shape [4, 1] do not fit predictions of shape [4, 3]; the shapes must be the same: where targets are numbers of classes, make them one-hot');
  });

  it('reductions: mean, sum, mean over the weights', () => tf.tidy(() => {
    const values = () => tf.tensor1d([1, 2, 6]);
    const weights = tf.tensor1d([1, 0, 3]);
    const reduced = (reduction: Parameters<typeof reduceLoss>[1], mask?: tf.Tensor) => reduceLoss(values(), reduction, weights, mask).dataSync()[0];
    expect(reduceLoss(values(), 'sumOverBatchSize').dataSync()[0]).toBe(3);
    expect(reduced('sumOverBatchSize')).toBeCloseTo(19 / 3, 5);
    expect(reduced('mean')).toBeCloseTo(19 / 3, 5);
    expect(reduced('sum')).toBe(19);
    expect(reduced('none')).toBe(19);
    expect(reduced('meanWithSampleWeight')).toBeCloseTo(19 / 4, 5);
    // The mask leaves 1 and 2, of 3 values.
    expect(reduced('sumOverBatchSize', tf.tensor1d([true, true, false], 'bool'))).toBeCloseTo(1 / 2, 5);
    expect(reduced('sum', tf.tensor1d([false, true, true], 'bool'))).toBe(18);
  }));
});

describe('options of losses', () => {
  it('are checked', () => {
    expect(() => losses.huber({ detla: 2 } as never)).toThrow('huber: unknown option "detla" — did you mean "delta"?');
    expect(() => losses.categoricalGeneralizedCrossEntropy({ q: 1 })).toThrow('q must be less than 1, got 1');
    expect(() => losses.binaryCrossentropy({ labelSmoothing: -0.1 })).toThrow('labelSmoothing must be at least 0, got -0.1');
    expect(() => losses.meanSquaredError({ reduction: 'average' as never })).toThrow('reduction cannot be "average"');
  });

  it('are kept with the loss, which goes by the name it is exported under', () => {
    for (const [name, factory] of Object.entries(losses)) expect(factory.kind).toBe(name);
    const { kind, options, reduction, keras } = losses.huber({ delta: 0.5, reduction: 'sum' });
    expect({ kind, options, reduction, keras }).toEqual({ kind: 'huber', options: { delta: 0.5 }, reduction: 'sum', keras: { name: 'Huber' } });
    expect(new Set(Object.values(losses).map(({ keras }) => keras?.name)).size).toBe(Object.keys(losses).length);
  });
});
