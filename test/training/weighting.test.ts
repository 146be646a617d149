import { beforeAll, describe, expect, it } from 'vitest';
import { initializers, input, losses, metrics, model, regularizers, sequential, setBackend, tf } from 'ibexjs';
import { dense, lstm, masking, reshape } from 'ibexjs/layers';
import { sgd } from 'ibexjs/optimizers';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { rows, trained } from './regression.ts';

const close = { rtol: 2e-5, atol: 1e-6 };
const frozen = sgd({ learningRate: 0 });
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** A model that gives its input back: predictions are what the test says. */
const echo = (shape: number[]) => sequential([input({ shape }), reshape({ targetShape: shape })]);

describe.each(engines)('weights of examples on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  const prediction = [[0.2], [0.9], [0.6], [0.5]];
  const target = [0, 1, 0, 1];
  const squares = [0.04, 0.01, 0.36, 0.25];

  it('multiply the losses and do not change the divisor', async () => {
    const net = echo([1]).compile({ optimizer: frozen, loss: 'meanSquaredError', metrics: ['meanSquaredError'], weightedMetrics: [metrics.meanSquaredError({ name: 'weighted' })] });
    const weights = [1, 2, 0, 4];
    const found = await net.evaluate(prediction, target, { sampleWeight: weights, batchSize: 3 });
    const sum = squares.reduce((all, each, i) => all + each * weights[i]!, 0);
    expectClose([found.loss!], [sum / 4], close);
    expectClose([found.meanSquaredError!], [mean(squares)], close);
    // A metric is a weighted mean.
    expectClose([found.weighted!], [sum / 7], close);
    expect(Object.keys(found)).toEqual(['loss', 'meanSquaredError', 'weighted']);
  });

  it('steer training', async () => {
    const data = { ...rows(20), weights: Array.from({ length: 20 }, (_, i) => i % 3) };
    const line = { w: [0, 0], b: 0 };
    const build = () => sequential([input({ shape: [2] }), dense({ units: 1, kernelInitializer: 'zeros' })]).compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    const net = build();
    const want = trained(data, line, { epochs: 4, batchSize: 6, rate: 0.1 });
    expectClose((await net.fit(data.x, data.y, { epochs: 4, batchSize: 6, shuffle: false, sampleWeight: data.weights, verbose: 0 })).history.loss!, want, close);
    expectClose([...net.readWeights()[0]!.data], line.w, close);
    // As a column, and in batches of an iterable, they do the same.
    expectClose((await build().fit(data.x, data.y, { epochs: 4, batchSize: 6, shuffle: false, sampleWeight: data.weights.map((weight) => [weight]), verbose: 0 })).history.loss!, want, close);
    const batches = { * [Symbol.iterator]() { for (let at = 0; at < 20; at += 6) yield [data.x.slice(at, at + 6), data.y.slice(at, at + 6), data.weights.slice(at, at + 6)] as const; } };
    expectClose((await build().fit(batches, undefined, { epochs: 4, verbose: 0 })).history.loss!, want, close);
  });

  it('by class are the same as by example', async () => {
    const net = echo([1]).compile({ optimizer: frozen, loss: 'meanSquaredError' });
    const loss = async (options: object) => (await net.fit(prediction, target, { verbose: 0, shuffle: false, batchSize: 3, ...options })).history.loss![0]!;
    expectClose([await loss({ classWeight: { 0: 1, 1: 5 } })], [(0.04 + 5 * 0.01 + 0.36 + 5 * 0.25) / 4], close);
    // A class that is not named weighs 1.
    expectClose([await loss({ classWeight: { 1: 5 } })], [await loss({ sampleWeight: [1, 5, 1, 5] })], close);
    expectClose([await loss({ classWeight: { 1: 5 }, sampleWeight: [2, 3, 4, 5] })], [await loss({ sampleWeight: [2, 15, 4, 25] })], close);
    expectClose([(await net.trainOnBatch(prediction, target, { classWeight: { 1: 5 } })).loss!], [await loss({ classWeight: { 1: 5 }, batchSize: 4 })], close);
  });

  it('by class go by the largest of one-hot rows, and by labels', async () => {
    const p = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]];
    const want = (-Math.log(0.7) * 2 - Math.log(0.1) * 3) / 2;
    const oneHot = echo([3]).compile({ optimizer: frozen, loss: 'categoricalCrossentropy' });
    const sparse = echo([3]).compile({ optimizer: frozen, loss: 'sparseCategoricalCrossentropy' });
    expectClose((await oneHot.fit(p, [[1, 0, 0], [0, 0, 1]], { classWeight: { 0: 2, 2: 3 }, verbose: 0 })).history.loss!, [want], close);
    expectClose((await sparse.fit(p, [0, 2], { classWeight: { 0: 2, 2: 3 }, verbose: 0 })).history.loss!, [want], close);
  });

  it('may be one for each step of a sequence', async () => {
    const net = echo([3, 1]).compile({ optimizer: frozen, loss: 'meanSquaredError', weightedMetrics: ['meanAbsoluteError'] });
    const x = [[[1], [2], [3]], [[4], [5], [6]]];
    const zeros = [[[0], [0], [0]], [[0], [0], [0]]];
    const steps = [[1, 0, 0], [0, 2, 1]];
    const found = await net.evaluate(x, zeros, { sampleWeight: steps });
    expectClose([found.loss!, found.meanAbsoluteError!], [(1 + 2 * 25 + 36) / 6, (1 + 2 * 5 + 6) / 4], close);
    const each = await net.evaluate(x, zeros, { sampleWeight: [2, 1] });
    expectClose([each.loss!, each.meanAbsoluteError!], [(2 * (1 + 4 + 9) + 16 + 25 + 36) / 6, (2 * 6 + 15) / 9], close);
  });

  it('by class go by the label of each step', async () => {
    const p = [[[0.5, 0.5], [0.25, 0.75]], [[0.5, 0.5], [0.5, 0.5]]];
    const log = Math.log;
    const want = -(log(0.5) + 3 * log(0.75) + log(0.5) + log(0.5)) / 4;
    const sparse = echo([2, 2]).compile({ optimizer: frozen, loss: 'sparseCategoricalCrossentropy' });
    expectClose((await sparse.fit(p, [[0, 1], [0, 0]], { classWeight: { 1: 3 }, verbose: 0 })).history.loss!, [want], close);
    const oneHot = echo([2, 2]).compile({ optimizer: frozen, loss: 'categoricalCrossentropy' });
    expectClose((await oneHot.fit(p, [[[1, 0], [0, 1]], [[1, 0], [1, 0]]], { classWeight: { 1: 3 }, verbose: 0 })).history.loss!, [want], close);
  });

  it('go with masks: masked steps count neither in losses nor in metrics', async () => {
    const x = input({ shape: [3, 1] });
    const net = model({ inputs: x, outputs: masking()(x) }).compile({ optimizer: frozen, loss: 'meanSquaredError', metrics: ['meanAbsoluteError'] });
    // The last step of the first example is masked: five of six count.
    const found = await net.evaluate([[[1], [2], [0]], [[4], [5], [6]]], [[[0], [0], [9]], [[0], [0], [0]]]);
    expectClose([found.loss!, found.meanAbsoluteError!], [(1 + 4 + 16 + 25 + 36) / 5, (1 + 2 + 4 + 5 + 6) / 5], close);
  });
});

describe('several outputs', () => {
  const twoOutputs = () => {
    const x = input({ shape: [1] });
    const near = reshape({ targetShape: [1], name: 'near' })(x);
    const far = dense({ units: 1, name: 'far', kernelInitializer: initializers.constant({ value: 10 }) })(x);
    return { x, near, far };
  };
  const build = (form: 'list' | 'record') => {
    const { x, near, far } = twoOutputs();
    return form === 'list' ? model({ inputs: x, outputs: [near, far] }) : model({ inputs: x, outputs: { n: near, f: far } });
  };
  const x = [1, 2];
  // Squared errors by output: 1, 4 and 100, 400.
  const zeros = [0, 0];

  it('add their losses, in shares', async () => {
    const net = build('list').compile({ optimizer: frozen, loss: 'meanSquaredError', lossWeights: [1, 0.1], metrics: [['meanAbsoluteError'], []] });
    expect(await net.evaluate(x, [zeros, zeros])).toEqual({ loss: 27.5, near_loss: 2.5, far_loss: 250, near_meanAbsoluteError: 1.5 });
  });

  it('go by names', async () => {
    const net = build('record').compile({ optimizer: frozen, loss: { n: 'meanSquaredError', f: 'meanAbsoluteError' }, lossWeights: { f: 2 }, metrics: { f: ['meanSquaredError'] } });
    expect(await net.evaluate(x, { n: zeros, f: zeros })).toEqual({ loss: 2.5 + 2 * 15, n_loss: 2.5, f_loss: 15, f_meanSquaredError: 250 });
    const list = build('list').compile({ optimizer: frozen, loss: { far: 'meanSquaredError', near: 'meanAbsoluteError' } });
    expect(await list.evaluate(x, { near: zeros, far: zeros })).toEqual({ loss: 251.5, near_loss: 1.5, far_loss: 250 });
  });

  it('without a loss need no targets', async () => {
    const net = build('list').compile({ optimizer: frozen, loss: ['meanSquaredError', null] });
    const want = { loss: 2.5, near_loss: 2.5 };
    expect(await net.evaluate(x, [zeros, null] as never)).toEqual(want);
    expect(await net.evaluate(x, { near: zeros })).toEqual(want);
    expect(await net.evaluate(x, zeros)).toEqual(want);
    const other = build('list').compile({ optimizer: frozen, loss: { far: 'meanSquaredError' } });
    expect((await other.fit(x, zeros, { epochs: 10, verbose: 0 })).history.loss).toEqual(Array(10).fill(250));
    // A metric needs them all the same.
    net.compile({ optimizer: frozen, loss: ['meanSquaredError', null], metrics: { far: ['meanSquaredError'] } });
    expect(await net.evaluate(x, [zeros, zeros])).toEqual({ ...want, far_meanSquaredError: 250 });
  });

  it('take weights of their own, or all the same', async () => {
    const net = build('list').compile({ optimizer: frozen, loss: 'meanSquaredError' });
    expect(await net.evaluate(x, [zeros, zeros], { sampleWeight: [2, 0] })).toEqual({ loss: 101, near_loss: 1, far_loss: 100 });
    expect(await net.evaluate(x, [zeros, zeros], { sampleWeight: { far: [0, 2] } })).toEqual({ loss: 402.5, near_loss: 2.5, far_loss: 400 });
    expect(await net.evaluate(x, [zeros, zeros], { sampleWeight: [[0, 0], [0, 2]] })).toEqual({ loss: 400, near_loss: 0, far_loss: 400 });
  });

  it('of one layer are compared each for itself', async () => {
    const steps = input({ shape: [2, 1] });
    const [, hidden, cell] = lstm({ units: 1, returnState: true, kernelInitializer: 'zeros', recurrentInitializer: 'zeros', unitForgetBias: false })(steps);
    const net = model({ inputs: steps, outputs: [hidden!, cell!] }).compile({ optimizer: frozen, loss: 'meanAbsoluteError' });
    expect(await net.evaluate(tf.ones([1, 2, 1]), [[3], [4]])).toEqual({ loss: 7, lstm_loss: 3, lstm_1_loss: 4 });
  });
});

describe('penalties', () => {
  it('on weights and on activities are part of the loss, in training and in evaluation', async () => {
    const net = sequential([
      input({ shape: [1] }),
      dense({ units: 1, kernelInitializer: initializers.constant({ value: 3 }), biasInitializer: 'ones', kernelRegularizer: regularizers.l2({ l2: 0.1 }), biasRegularizer: regularizers.l1({ l1: 0.5 }), activityRegularizer: regularizers.l1({ l1: 0.01 }) }),
    ]).compile({ optimizer: frozen, loss: 'meanSquaredError' });
    // Predictions 4 and 7; activity: 0.01 · 11 / 2
    const want = (16 + 49) / 2 + 0.1 * 9 + 0.5 * 1 + 0.01 * 5.5;
    expectClose([(await net.evaluate([1, 2], [0, 0])).loss!], [want], close);
    expectClose((await net.fit([1, 2], [0, 0], { verbose: 0 })).history.loss!, [want], close);
  });

  it('pull on the weights', async () => {
    const net = sequential([input({ shape: [1] }), dense({ units: 1, useBias: false, kernelInitializer: 'ones', kernelRegularizer: regularizers.l2({ l2: 0.25 }) })])
      .compile({ optimizer: sgd({ learningRate: 0.1 }), loss: (_, yPred) => tf.mul(tf.mean(yPred, -1), 0) });
    await net.trainOnBatch([1], [0]);
    expect(net.readWeights()[0]!.data[0]).toBeCloseTo(1 - 0.1 * 2 * 0.25, 6);
  });

  it('of frozen layers do not count', async () => {
    const net = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: 'ones', kernelRegularizer: regularizers.l2({ l2: 1 }), trainable: false })])
      .compile({ optimizer: frozen, loss: 'meanSquaredError' });
    expect((await net.evaluate([0], [0])).loss).toBe(0);
    expect((await net.fit([0], [0], { verbose: 0 })).history.loss).toEqual([0]);
  });
});

describe('a loss that is a function', () => {
  it('sees targets in the shape of predictions, and is averaged', async () => {
    const shapes: unknown[] = [];
    const net = echo([1]).compile({ optimizer: frozen, loss: (yTrue, yPred) => {
      shapes.push([yTrue.shape, yPred.shape]);
      return tf.mean(tf.abs(tf.sub(yTrue, yPred)), -1);
    } });
    expect(await net.evaluate([1, 2, 6], [0, 0, 0])).toEqual({ loss: 3 });
    expect(shapes[0]).toEqual([[3, 1], [3, 1]]);
    await net.evaluate([[1], [2], [6]], [[[0]], [[0]], [[0]]]);
    expect(shapes.at(-1)).toEqual([[3, 1], [3, 1]]);
  });

  it('and a metric that is one go by their names', async () => {
    const halves = (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.mean(tf.mul(tf.abs(tf.sub(yTrue, yPred)), 0.5), -1);
    const net = echo([1]).compile({ optimizer: frozen, loss: losses.meanAbsoluteError({ reduction: 'sum' }), metrics: [halves, 'meanAbsoluteError', losses.huber({ delta: 1 })] });
    expect(await net.evaluate([1, 2, 6], [0, 0, 0])).toEqual({ loss: 9, halves: 1.5, meanAbsoluteError: 3, huber: (0.5 + 1.5 + 5.5) / 3 });
  });

  it('called loss does not take the loss’s place in the logs', async () => {
    const loss = (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.mean(tf.sub(yPred, yTrue), -1);
    const net = echo([1]).compile({ optimizer: frozen, loss: 'meanSquaredError', metrics: [loss] });
    expect(await net.evaluate([1, 3], [0, 0])).toEqual({ loss: 5, loss_1: 2 });
  });
});
