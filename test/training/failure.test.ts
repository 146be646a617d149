import { beforeAll, describe, expect, it } from 'vitest';
import { ModelError, input, sequential, setBackend, tf, type Callback, type Model } from 'ibexjs';
import { dense, embedding, flatten, reshape } from 'ibexjs/layers';
import { defineLayer, z } from 'ibexjs/define';
import { engines } from '../engines.ts';
import { wearyIn } from '../helpers/weary.ts';
import { expectNoTensorLeft } from '../helpers/memory.ts';
import { problemOf } from '../helpers/problem.ts';
import { rows } from './regression.ts';

const data = rows(40);
const batch = (at: number) => [data.x.slice(at, at + 5), data.y.slice(at, at + 5)] as const;

describe.each(engines)('a fit that fails on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  const build = () => sequential([input({ shape: [2] }), dense({ units: 1 })], { seed: 3 }).compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const weightsOf = (net: Model) => net.readWeights().map(({ data: values }) => [...values]);
  /** What weights are after so many steps. */
  const after = async (steps: number) => {
    const net = build();
    await net.fit((function* () { for (let step = 0; step < steps; step++) yield batch(5 * (step % 8)); })(), undefined, { verbose: 0 });
    return weightsOf(net);
  };

  it('or a prediction that fails, over a row that a layer looks for and its embedding does not have: recorded or not, and the next one is right', async () => {
    // The tokens come out of a layer, so that they cannot be checked beforehand.
    const net = sequential([input({ shape: [4], dtype: 'int32' }), reshape({ targetShape: [2, 2] }), embedding({ inputDim: 10, outputDim: 3 }), flatten(), dense({ units: 1 })], { seed: 1 })
      .compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const good = [[1, 2, 3, 9]];
    const first = [...tf.tidy(() => net.predict(good).dataSync())];
    await expectNoTensorLeft(async () => {
      for (let call = 0; call < 6; call++) {
        expect(await problemOf(() => net.predict([[1, 2, 3, 10]]))).toMatch(/^embedding: .*(index value 10 is|= 10 is) not in/s);
        expect([...tf.tidy(() => net.predict(good).dataSync())]).toEqual(first);
      }
    });
    const x = Array.from({ length: 40 }, (_, i) => [1, 2, 3, i === 30 ? 10 : 4]);
    expect(await problemOf(() => net.fit(x, x.map(() => 1), { batchSize: 4, epochs: 2, shuffle: false, verbose: 0 }))).toMatch(/^embedding: .*(index value 10 is|= 10 is) not in/s);
  });

  it('over a bad batch leaves weights as after the last good one', async () => {
    const net = build();
    await expectNoTensorLeft(async () => {
      const words = await problemOf(() => net.fit((function* () {
        yield batch(0);
        yield batch(5);
        yield [[[1, NaN]], [1]] as const;
      })(), undefined, { verbose: 0 }));
      expect(words).toBe('fit, batch 3: x: is NaN at example 0, value 1 of that example; fill in or leave out missing values');
    });
    expect(weightsOf(net)).toEqual(await after(2));
    expect(net.trainer.optimizerState.iteration.dataSync()[0]).toBe(2);
  });

  it('over a source that throws does so, too', async () => {
    const net = build();
    await expectNoTensorLeft(() => expect(net.fit((function* () {
      yield batch(0);
      throw new RangeError('the disk is gone');
    })(), undefined, { verbose: 0 })).rejects.toThrow(new RangeError('the disk is gone')));
    expect(weightsOf(net)).toEqual(await after(1));
  });

  const thrower = (hook: 'onBatchBegin' | 'onBatchEnd' | 'onEpochEnd', more: object = {}): Callback => ({
    ...more,
    [hook](at: number) {
      if (at === (hook === 'onEpochEnd' ? 1 : 2)) throw new Error('enough');
    },
  });
  it.each([
    ['onBatchBegin', 2, {}], ['onBatchEnd', 3, {}], ['onEpochEnd', 16, {}], ['onBatchEnd', 3, { sparse: true }],
  ] as const)('over a callback that throws in %s leaves weights as after step %i (%j)', async (hook, steps, more) => {
    const net = build();
    await expectNoTensorLeft(() => expect(net.fit(data.x, data.y, { epochs: 3, batchSize: 5, shuffle: false, verbose: 0, callbacks: thrower(hook, more) })).rejects.toThrow('enough'));
    expect(weightsOf(net)).toEqual(await after(steps));
    // And training can go on.
    expect((await net.fit(data.x, data.y, { epochs: 12, batchSize: 5, verbose: 0 })).epoch.length).toBe(12);
  });

  it('over a loss that throws leaves weights, optimizer and memory as they were', async () => {
    const net = build();
    const before = weightsOf(net);
    net.compile({ optimizer: 'adam', loss: function crooked(yTrue, yPred) {
      return tf.matMul(yTrue, yPred);
    } });
    await expectNoTensorLeft(async () => {
      expect(await problemOf(() => net.fit(data.x, data.y, { epochs: 3, batchSize: 5, verbose: 0 }))).toMatch(/^loss crooked of "dense": failed: \w/);
    });
    expect(weightsOf(net)).toEqual(before);
  });

  it.each([
    ['a loss that gives a number', { loss: () => 3 }, 'loss of "dense": must give a tensor, got 3; compute with tf operations'],
    ['a loss that gives nothing', { loss: () => undefined }, 'loss of "dense": must give a tensor, got nothing; compute with tf operations'],
    ['a loss that knows nothing of the model', { loss: (yTrue: tf.Tensor) => tf.mean(yTrue, -1) }, 'loss: does not depend on any weight that learns, so that there is nothing to learn; compute it from the predictions by tf operations that have gradients'],
    ['a metric that gives a list', { loss: 'meanSquaredError', metrics: [function share() { return [1]; }] }, 'metric share: must give a tensor, got [1]; compute with tf operations'],
    ['a metric that throws', { loss: 'meanSquaredError', metrics: [function share() { throw new Error('no idea'); }] }, 'metric share: failed: no idea'],
  ] as [string, object, string][])('over %s names it', async (_, options, words) => {
    const net = build();
    await expectNoTensorLeft(async () => {
      net.compile({ optimizer: 'sgd', ...options } as never);
      expect(await problemOf(() => net.fit(data.x, data.y, { epochs: 3, batchSize: 5, verbose: 0 }))).toBe(words);
      net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    });
  });

  it('over a layer that throws names the layer and what it was given', async () => {
    const moody = defineLayer({
      kind: 'moody', options: z.strictObject({}),
      build: (_, shape) => ({ output: shape }),
      call: (x, { training }) => (training ? tf.matMul(x, x) : x),
    });
    await expectNoTensorLeft(async () => {
      const net = sequential([input({ shape: [2] }), dense({ units: 3 }), moody()]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      net.predict([[1, 2]]).dispose();
      expect(await problemOf(() => net.trainOnBatch([[1, 2]], [[1, 2, 3]]))).toMatch(/^moody: failed on inputs of shape \[1, 3\]: \w/);
      net.dispose();
    });
  });

  // Recorded in the first, compared in the second.
  it.each([1, 2])('over a layer that throws in its pass number %i leaves no tensor', async (last) => {
    const weary = wearyIn(last);
    await expectNoTensorLeft(async () => {
      const net = sequential([input({ shape: [2] }), dense({ units: 1 }), weary(), dense({ units: 1 })]).compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      expect(await problemOf(() => net.fit(data.x, data.y, { epochs: 3, batchSize: 5, verbose: 0 }))).toMatch(/^weary: .*enough/);
      net.dispose();
    });
  });

  it('during validation ends with the words of the place', async () => {
    const net = build();
    await expectNoTensorLeft(async () => {
      const words = await problemOf(() => net.fit(data.x, data.y, { epochs: 2, batchSize: 5, verbose: 0, validationData: (function* () { yield batch(0); })() }));
      expect(words).toBe('fit: validationData: the iterable gave no batch; give an object whose iterator starts anew each time, or validationSteps for one that goes on');
    });
  });

  it('because another has not ended', async () => {
    const net = build();
    const first = net.fit(data.x, data.y, { epochs: 3, verbose: 0 });
    const words = 'the model is being fitted; await fit() before, or stop it with training.stop() in a callback';
    expect(await problemOf(() => net.fit(data.x, data.y, { verbose: 0 }))).toBe(`fit: ${words}`);
    expect(await problemOf(() => net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' }))).toBe(`compile: ${words}`);
    expect(await problemOf(() => net.dispose())).toBe(`dispose: ${words}`);
    expect((await first).epoch.length).toBe(3);
    // One that failed has ended.
    await problemOf(() => net.fit(data.x, [1], { verbose: 0 }));
    expect((await net.fit(data.x, data.y, { verbose: 0 })).epoch.length).toBe(1);
    net.dispose();
  });

  it('throws ModelErrors, which say where', async () => {
    const error = await build().fit([[1]], [1]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ModelError);
    expect((error as ModelError).where).toBe('fit: x');
    expect((error as ModelError).name).toBe('ModelError');
  });
});
