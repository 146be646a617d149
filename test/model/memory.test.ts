import { beforeAll, describe, expect, it } from 'vitest';
import { callbacks, input, model, sequential, setBackend, tf } from 'ibexjs';
import { add, batchNormalization, dense, dropout, lstm } from 'ibexjs/layers';
import { engines } from '../engines.ts';
import { expectNoTensorLeft } from '../helpers/memory.ts';
import { problemOf } from '../helpers/problem.ts';

describe.each(engines)('tensors on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  const x = () => ({ data: Float32Array.from({ length: 40 * 3 }, (_, i) => Math.sin(i)), shape: [40, 3] });
  const y = () => ({ data: Float32Array.from({ length: 40 }, (_, i) => i % 2), shape: [40, 1] });
  const build = () => sequential([
    input({ shape: [3] }), dense({ units: 4, activation: 'relu', kernelRegularizer: 'l2' }), batchNormalization(), dropout({ rate: 0.2 }), dense({ units: 1, activation: 'sigmoid' }),
  ], { seed: 1 }).compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'] });

  it('are as many after training as before', async () => {
    const net = build();
    await expectNoTensorLeft(() => net.fit(x(), y(), {
      epochs: 12, batchSize: 16, validationSplit: 0.2, verbose: 0, classWeight: { 0: 2 },
      callbacks: [callbacks.earlyStopping({ patience: 20, restoreBestWeights: true }), callbacks.learningRateScheduler((epoch) => 0.01 / (epoch + 1)), callbacks.terminateOnNaN(), { onBatchEnd: (_, logs) => void logs.loss }],
    }));
    await expectNoTensorLeft(() => net.fit((function* () { for (let i = 0; i < 4; i++) yield [x(), y()] as const; })(), undefined, { verbose: 0 }));
    net.dispose();
  });

  it('are as many after evaluate, predict, trainOnBatch, testOnBatch, setWeights and a second compile', async () => {
    const net = build();
    await expectNoTensorLeft(() => net.evaluate(x(), y(), { batchSize: 16 }));
    await expectNoTensorLeft(() => net.evaluate(x(), y(), { batchSize: 3 }));
    await expectNoTensorLeft(() => {
      for (let again = 0; again < 6; again++) net.predict(x(), { batchSize: 16 }).dispose();
    });
    await expectNoTensorLeft(() => net.trainOnBatch(x(), y()));
    await expectNoTensorLeft(() => net.testOnBatch(x(), y()));
    await expectNoTensorLeft(() => net.setWeights(net.readWeights()));
    await expectNoTensorLeft(() => tf.dispose(net.getWeights()));
    await expectNoTensorLeft(() => net.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' }));
    await expectNoTensorLeft(() => net.summary({ print: () => {} }));
    net.dispose();
  });

  it('of users’ data are left alone', async () => {
    const net = build();
    const [features, labels] = [tf.ones([8, 3]), tf.ones([8, 1])];
    await net.fit(features, labels, { verbose: 0 });
    net.predict(features).dispose();
    await net.trainOnBatch(features, labels);
    expect([features.isDisposed, labels.isDisposed]).toEqual([false, false]);
    tf.dispose([features, labels]);
    net.dispose();
  });

  it('are as many after calls that failed', async () => {
    const net = build();
    await expectNoTensorLeft(async () => {
      await problemOf(() => net.fit(x(), [1, 2, 3], { verbose: 0 }));
      await problemOf(() => net.fit(x(), y(), { verbose: 0, epochs: 'many' as never }));
      await problemOf(() => net.predict([[1, 2]]));
      await problemOf(() => net.compile({ optimizer: 'adan' as never, loss: 'binaryCrossentropy' }));
      await problemOf(() => net.trainOnBatch(x(), [[2]]));
      await problemOf(() => net.fit((function* () { yield [x(), y()] as const; yield [x(), [[NaN]]] as const; })(), undefined, { verbose: 0 }));
    });
    net.dispose();
  });

  it('go when models go', async () => {
    await expectNoTensorLeft(async () => {
      const net = build();
      await net.fit(x(), y(), { verbose: 0 });
      net.dispose();
      net.dispose();
    });
    await expectNoTensorLeft(() => {
      const a = input({ shape: [3] });
      const shared = dense({ units: 2 });
      const first = model({ inputs: a, outputs: add()([shared(a), dense({ units: 2 })(a)]) });
      const second = model({ inputs: a, outputs: dense({ units: 2 })(shared(a)) });
      second.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      first.dispose();
      second.predict([[1, 2, 3]]).dispose();
      second.dispose();
    });
    await expectNoTensorLeft(() => {
      const net = sequential([input({ shape: [2, 3], batchSize: 1 }), lstm({ units: 2, stateful: true })]);
      net.predict([[[1, 2, 3], [4, 5, 6]]]).dispose();
      net.resetStates();
      net.dispose();
    });
  });

  it('of layers that were let go are made anew in another model', () => {
    const layer = dense({ units: 2 });
    sequential([input({ shape: [3] }), layer]).dispose();
    const net = sequential([input({ shape: [5] }), layer]);
    expect(net.predict(tf.ones([1, 5])).shape).toEqual([1, 2]);
    net.dispose();
  });

  it('that train survive a tidy around them', async () => {
    const net = build();
    await expectNoTensorLeft(async () => {
      const done: Promise<unknown>[] = [];
      tf.tidy(() => {
        done.push(net.trainOnBatch(x(), y()), net.trainOnBatch(x(), y()));
      });
      await Promise.all(done);
      await net.trainOnBatch(x(), y());
    });
    net.dispose();
  });
});

describe('a model that was disposed of', () => {
  it('says so', async () => {
    const net = sequential([input({ shape: [2] }), dense({ units: 1 })], { name: 'gone' }).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    net.dispose();
    const words = 'gone: was disposed of; make it anew';
    expect(await problemOf(() => net.predict([[1, 2]]))).toBe(words);
    expect(await problemOf(() => net.fit([[1, 2]], [1]))).toBe(words);
    expect(await problemOf(() => net.evaluate([[1, 2]], [1]))).toBe(words);
    expect(await problemOf(() => net.getWeights())).toBe(words);
    expect(await problemOf(() => net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' }))).toBe(words);
    const pending = sequential([dense({ units: 1 })], { name: 'gone' });
    pending.dispose();
    expect(await problemOf(() => pending.predict([[1, 2]]))).toBe(words);
  });
});
