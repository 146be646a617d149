import { beforeAll, describe, expect, it } from 'vitest';
import { input, sequential, setBackend, tf, type Model } from 'ibexjs';
import { dense } from 'ibexjs/layers';
import { sgd } from 'ibexjs/optimizers';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { evaluated, rows, trained, type Line } from './regression.ts';

const rate = 0.1;
const close = { rtol: 2e-5, atol: 1e-6 };

describe.each(engines)('numbers of fit on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  const line = (): Line => ({ w: [0, 0], b: 0 });
  const build = (metrics: readonly 'meanAbsoluteError'[] = []) => sequential([input({ shape: [2] }), dense({ units: 1, kernelInitializer: 'zeros' })], { seed: 1 })
    .compile({ optimizer: sgd({ learningRate: rate }), loss: 'meanSquaredError', metrics });
  const lineOf = (net: Model): Line => {
    const [w, b] = net.readWeights();
    return { w: [...w!.data], b: b!.data[0]! };
  };
  const data = rows(50);

  it.each([[50, 'one batch'], [10, 'whole batches'], [16, 'a smaller last batch'], [64, 'batches larger than the data'], [1, 'single examples']])('batches of %i (%s)', async (batchSize) => {
    const net = build();
    const { history, epoch } = await net.fit(data.x, data.y, { epochs: 6, batchSize, shuffle: false, verbose: 0 });
    const want = line();
    expectClose(history.loss!, trained(data, want, { epochs: 6, batchSize, rate }), close);
    expectClose(lineOf(net).w, want.w, close);
    expectClose([lineOf(net).b], [want.b], close);
    expect(epoch).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('batches of 32 unless told otherwise', async () => {
    const { history } = await build().fit(data.x, data.y, { shuffle: false, verbose: 0 });
    expectClose(history.loss!, trained(data, line(), { epochs: 1, batchSize: 32, rate }), close);
  });

  it('a validation split from the end, before shuffling', async () => {
    const net = build();
    const { history } = await net.fit(data.x, data.y, { epochs: 3, batchSize: 8, validationSplit: 0.3, verbose: 0 });
    const held = { x: data.x.slice(35), y: data.y.slice(35) };
    expectClose([history.val_loss!.at(-1)!], [evaluated(held, lineOf(net))], close);
    // Whatever the order, an epoch without updates sees the first 35.
    const still = await build().compile({ optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError' }).fit(data.x, data.y, { validationSplit: 0.3, verbose: 0 });
    expectClose(still.history.loss!, [evaluated({ x: data.x.slice(0, 35), y: data.y.slice(0, 35) }, line())], close);
  });

  it('validation data after each epoch, or after every few', async () => {
    const other = rows(7);
    const net = build(['meanAbsoluteError']);
    const { history } = await net.fit(data.x, data.y, { epochs: 4, batchSize: 8, validationData: [other.x, other.y], validationBatchSize: 2, validationFreq: 2, verbose: 0 });
    expect(history.loss!.length).toBe(4);
    expect(Object.keys(history)).toEqual(['loss', 'meanAbsoluteError', 'val_loss', 'val_meanAbsoluteError']);
    expect(history.val_loss!.length).toBe(2);
    expectClose([history.val_loss![1]!], [evaluated(other, lineOf(net))], close);
  });

  it('validation data with weights', async () => {
    const other = { ...rows(7), weights: [1, 2, 3, 4, 5, 6, 7] };
    const net = build();
    const { history } = await net.fit(data.x, data.y, { validationData: [other.x, other.y, other.weights], verbose: 0 });
    expectClose(history.val_loss!, [evaluated(other, lineOf(net))], close);
  });

  it('evaluate, with any size of batches', async () => {
    const net = build(['meanAbsoluteError']);
    for (const batchSize of [1, 7, 50, 80]) {
      const { loss, meanAbsoluteError } = await net.evaluate(data.x, data.y, { batchSize });
      expectClose([loss!, meanAbsoluteError!], [evaluated(data, line()), data.y.reduce((sum, y) => sum + Math.abs(y), 0) / 50], close);
    }
  });

  it('trainOnBatch and testOnBatch: the loss before the update, and no update', async () => {
    const net = build();
    const want = line();
    for (let step = 0; step < 3; step++) {
      expectClose([(await net.testOnBatch(data.x, data.y)).loss!], [evaluated(data, want)], close);
      const [loss] = trained(data, want, { epochs: 1, batchSize: 50, rate });
      expectClose([(await net.trainOnBatch(data.x, data.y)).loss!], [loss!], close);
    }
  });

  it('a fit that goes on from another', async () => {
    const net = build();
    const want = line();
    const first = await net.fit(data.x, data.y, { epochs: 2, batchSize: 8, shuffle: false, verbose: 0 });
    const second = await net.fit(data.x, data.y, { epochs: 5, initialEpoch: 2, batchSize: 8, shuffle: false, verbose: 0 });
    expect(second.epoch).toEqual([2, 3, 4]);
    expectClose([...first.history.loss!, ...second.history.loss!], trained(data, want, { epochs: 5, batchSize: 8, rate }), close);
  });

  it('no epochs at all', async () => {
    const net = build();
    const before = net.readWeights();
    expect(await net.fit(data.x, data.y, { epochs: 0, verbose: 0 })).toEqual({ history: {}, epoch: [] });
    expect(await net.fit(data.x, data.y, { epochs: 2, initialEpoch: 2, verbose: 0 })).toEqual({ history: {}, epoch: [] });
    expect(net.readWeights()).toEqual(before);
  });

  it('fewer steps than the data would make', async () => {
    const net = build();
    const want = line();
    const { history } = await net.fit(data.x, data.y, { epochs: 2, batchSize: 8, stepsPerEpoch: 3, shuffle: false, verbose: 0 });
    expectClose(history.loss!, trained({ x: data.x.slice(0, 24), y: data.y.slice(0, 24) }, want, { epochs: 2, batchSize: 8, rate }), close);
    expectClose(lineOf(net).w, want.w, close);
  });

  it('training step by step comes to the same as training from a record', async () => {
    const runs = await Promise.all([true, false].map(async (jit) => {
      const net = build().compile({ optimizer: 'adam', loss: 'meanSquaredError', jit: jit ? 'auto' : false });
      const { history } = await net.fit(data.x, data.y, { epochs: 5, batchSize: 8, verbose: 0, validationSplit: 0.2 });
      return { history, weights: net.readWeights() };
    }));
    expect(runs[0]).toEqual(runs[1]);
  });
});

describe('the order of examples', () => {
  // Each example's prediction is itself: which of them a batch holds can be read off its loss.
  const watched = async (options: object, seed = 1) => {
    const net = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: 'ones' })], { seed })
      .compile({ optimizer: sgd({ learningRate: 0 }), loss: (_, yPred) => tf.mean(yPred, -1) });
    const seen: number[][] = [];
    const x = Array.from({ length: 20 }, (_, i) => i);
    let last = 0;
    await net.fit(x, x, {
      batchSize: 1, verbose: 0, epochs: 3, ...options,
      callbacks: {
        onEpochBegin() {
          seen.push([]);
          last = 0;
        },
        onBatchEnd: (batch, logs) => {
          const total = Math.round(logs.loss! * (batch + 1));
          seen.at(-1)!.push(total - last);
          last = total;
        },
      },
    });
    return seen;
  };

  it('is that of the data without shuffling', async () => {
    const inOrder = Array.from({ length: 20 }, (_, i) => i);
    expect(await watched({ shuffle: false })).toEqual([inOrder, inOrder, inOrder]);
  });

  it('is a new one in each epoch, of all examples, and follows from the seed', async () => {
    const [first, second, third] = await watched({});
    for (const order of [first!, second!, third!]) expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(first).not.toEqual(second);
    expect(second).not.toEqual(third);
    expect(await watched({})).toEqual([first, second, third]);
    expect(await watched({}, 2)).not.toEqual([first, second, third]);
  });

  it('depends on the number of the epoch, not on where training began', async () => {
    const all = await watched({});
    expect(await watched({ initialEpoch: 1 })).toEqual(all.slice(1));
  });
});
