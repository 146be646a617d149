/** What is recorded waits from one fit or evaluation to the next of the same shape: with the numbers of steps without a record, whatever happens in between. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { input, metrics, sequential, setBackend, tf, type Model, type Tensor } from 'ibexjs';
import { defineLayer, defineLoss, z } from 'ibexjs/define';
import { batchNormalization, dense, dropout, lstm, normalization, reshape, timeDistributed } from 'ibexjs/layers';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { expectNoTensorLeft } from '../helpers/memory.ts';

const features = (rows: number, first = 0) => ({ data: Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i * 1.7 + first)), shape: [rows, 3] });
const labels = (rows: number, first = 0) => ({ data: Float32Array.from({ length: rows }, (_, i) => (i * 7 + first) % 2), shape: [rows, 1] });

/** Passes of a layer, which only steps without a record make. */
let passes = 0;
const counted = defineLayer({
  kind: 'counted', options: z.strictObject({}), build: (_, shape) => ({ output: shape, weights: {} }),
  call: (x: Tensor) => {
    passes++;
    return tf.mul(x, 1);
  },
});

const build = (jit: boolean | 'auto' = 'auto'): Model<Tensor> => sequential([
  input({ shape: [3] }), normalization({ name: 'scale' }), counted(), dense({ units: 5, activation: 'relu' }), batchNormalization({ name: 'batches' }), dropout({ rate: 0.3 }),
  dense({ units: 1, activation: 'sigmoid', name: 'last' }),
], { seed: 3, name: 'net' }).compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy', 'auc'], jit }) as Model<Tensor>;

const quiet = { batchSize: 4, epochs: 4, verbose: 0 } as const;
const halved = (net: Model<Tensor>) => net.readWeights().map(({ data, shape }) => ({ data: Float32Array.from(data, (n) => n / 2), shape }));

describe.each(engines)('records that wait on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  beforeEach(() => {
    passes = 0;
  });

  /** The numbers of all fits and evaluations of `work`, and the weights after it, recorded and not. */
  async function expectSame(work: (net: Model<Tensor>, fit: (rows?: number, options?: object) => Promise<void>) => Promise<void>, make = build): Promise<void> {
    const run = async (jit: boolean | 'auto') => {
      const net = make(jit);
      const numbers: number[] = [];
      let fits = 0;
      await work(net, async (rows = 20, options = {}) => {
        const { history } = await net.fit(features(rows, fits), labels(rows, fits), { ...quiet, ...options });
        fits++;
        numbers.push(...Object.values(history).flat());
        numbers.push(...Object.values(await net.evaluate(features(36, fits), labels(36), { batchSize: 4 })));
      });
      numbers.push(...net.readWeights().flatMap(({ data }) => [...data]));
      net.dispose();
      return numbers;
    };
    const eager = await run(false);
    const recorded = await run('auto');
    if (engine === 'wasm') expect(recorded).toEqual(eager);
    else expectClose(recorded, eager, { rtol: 1e-4, atol: 1e-5 });
  }

  it('are not made again for data of the same shape', async () => {
    const net = build();
    await net.fit(features(22), labels(22), quiet);
    await net.evaluate(features(36), labels(36), { batchSize: 4 });
    passes = 0;
    for (let i = 0; i < 3; i++) {
      await net.fit(features(22, i), labels(22, i), quiet);
      await net.evaluate(features(36, i), labels(36, i), { batchSize: 4 });
    }
    expect(passes).toBe(0);
    net.dispose();
  });

  it('are made where many short fits or evaluations come to enough steps', async () => {
    const net = build();
    for (let i = 0; i < 6; i++) {
      await net.fit(features(8, i), labels(8, i), { ...quiet, epochs: 1 });
      await net.evaluate(features(8, i), labels(8, i), { batchSize: 4 });
    }
    passes = 0;
    await net.fit(features(8), labels(8), { ...quiet, epochs: 1 });
    await net.evaluate(features(8), labels(8), { batchSize: 4 });
    expect(passes).toBe(0);
    net.dispose();
    await expectSame(async (_, fit) => {
      for (let i = 0; i < 6; i++) await fit(8, { epochs: 1 });
    });
  });

  it('are not made for short fits when they are too large to wait', async () => {
    const wide = sequential([input({ shape: [3] }), counted(), dense({ units: 4500 }), dense({ units: 4500 }), dense({ units: 1 })], { seed: 1 }).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    for (let i = 0; i < 3; i++) await wide.fit(features(16), labels(16), { ...quiet, epochs: 1 });
    passes = 0;
    await wide.fit(features(16), labels(16), { ...quiet, epochs: 1 });
    expect(passes).toBe(4);
    wide.dispose();
  });

  it('are made for short fits after one that failed, and anew once others have taken their place', async () => {
    const short = (net: Model<Tensor>) => net.fit(features(8), labels(8), { ...quiet, epochs: 1 });
    const net = build();
    const refusal = { onBatchBegin: () => { throw new Error('no'); } };
    await expect(net.fit(features(8), labels(8), { ...quiet, callbacks: refusal })).rejects.toThrow('no');
    for (let i = 0; i < 5; i++) await short(net);
    passes = 0;
    await short(net);
    expect(passes, 'its record waits').toBe(0);
    const others = Array.from({ length: 6 }, () => build());
    for (const other of others) await other.fit(features(8), labels(8), quiet);
    passes = 0;
    await short(net);
    expect(passes, 'its record is gone, and two steps are not worth another').toBe(2);
    for (const each of [net, ...others]) each.dispose();
  });

  it('learn from the data that come', () => expectSame(async (_, fit) => {
    for (let i = 0; i < 4; i++) await fit();
  }));

  it('see weights, rates, frozen layers and statistics that change in between', () => expectSame(async (net, fit) => {
    await fit();
    net.setWeights(halved(net));
    await fit();
    net.trainer.learningRate = 0.1;
    await fit();
    net.getLayer('last').trainable = false;
    await fit();
    net.getLayer('batches').trainable = false;
    await fit();
    net.getLayer('last').trainable = true;
    net.getLayer('batches').trainable = true;
    await fit();
    (net.getLayer('scale') as ReturnType<typeof normalization>).adapt(features(50, 9));
    await fit();
    await net.trainOnBatch(features(4), labels(4));
    await fit();
    net.compile({ ...net.compileOptions!, optimizer: 'sgd' });
    await fit();
  }));

  it('see layers frozen within others', () => expectSame(async (net, fit) => {
    await fit();
    net.getLayer('inner').held.values().next().value!.trainable = false;
    await fit();
  }, (jit) => sequential([
    input({ shape: [3] }), reshape({ targetShape: [3, 1] }), timeDistributed({ layer: batchNormalization({ center: false, scale: false }), name: 'inner' }),
    lstm({ units: 2 }), dense({ units: 1, activation: 'sigmoid' }),
  ], { seed: 3 }).compile({ optimizer: 'adam', loss: 'binaryCrossentropy', jit }) as Model<Tensor>));

  it('are told apart by rows, sizes of batches and weights of examples', () => expectSame(async (_, fit) => {
    for (let i = 0; i < 2; i++) {
      await fit(20);
      await fit(22);
      await fit(22, { batchSize: 5 });
      await fit(20, { classWeight: { 0: 2 } });
      await fit(20, { classWeight: { 0: 3 } });
      await fit(20, { sampleWeight: Float32Array.from({ length: 20 }, (_, k) => k % 3) });
      await fit(20, { validationSplit: 0.25 });
      await fit(20, { shuffle: false, epochs: 3 });
    }
  }));

  it('see what a function that was handed over sees around it', async () => {
    let strength = 1;
    const make = (jit: boolean | 'auto') => sequential([input({ shape: [3] }), dense({ units: 1 })], { seed: 1 }).compile({
      optimizer: 'sgd', loss: (yTrue, yPred) => tf.mul(strength, tf.mean(tf.square(tf.sub(yTrue, yPred)), -1)), jit,
    });
    const run = async (jit: boolean | 'auto') => {
      const net = make(jit);
      const losses = [];
      for (strength of [1, 0.5, 2]) losses.push(...(await net.fit(features(20), labels(20), { ...quiet, shuffle: false })).history.loss!);
      net.dispose();
      return losses;
    };
    expectClose(await run('auto'), await run(false), { rtol: 1e-5, atol: 1e-6 });
  });

  it('leave no tensor that anybody counts, and go with the model', async () => {
    const net = build();
    await expectNoTensorLeft(async () => {
      for (let i = 0; i < 3; i++) {
        await net.fit(features(22, i), labels(22, i), { ...quiet, validationData: [features(36), labels(36)] });
        await net.evaluate(features(36), labels(36), { batchSize: 4 });
      }
      net.predict(features(1)).dispose();
    });
    await expectNoTensorLeft(() => net.compile(net.compileOptions!));
    await expectNoTensorLeft(() => net.fit(features(22), labels(22), quiet));
    net.dispose();
    await expectNoTensorLeft(async () => {
      const other = build();
      await other.fit(features(22), labels(22), quiet);
      await other.evaluate(features(36), labels(36), { batchSize: 4 });
      other.dispose();
    });
  });

  it('hold no data', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const net = build();
    const train = async () => {
      const x = features(22);
      await net.fit(x, labels(22), quiet);
      return new WeakRef(x.data);
    };
    const held = [await train(), await train()];
    for (let i = 0; i < 20 && held.some((each) => each.deref()); i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      collect();
    }
    expect(held.map((each) => each.deref())).toEqual([undefined, undefined]);
    net.dispose();
  });

  it('wait after a fit that failed', () => expectSame(async (net, fit) => {
    await fit();
    let steps = 0;
    await expect(net.fit(features(20), labels(20), { ...quiet, callbacks: [{ onBatchEnd: () => {
      if (++steps === 7) throw new Error('enough');
    } }] })).rejects.toThrow('enough');
    await fit();
  }));

  it('do not wait where the loss is one that cannot be recorded', async () => {
    const reading = defineLoss({ kind: 'reading', options: z.strictObject({}), call: () => (yTrue, yPred) => tf.mean(tf.mul(tf.squaredDifference(yTrue, yPred), Math.abs(yPred.dataSync()[0]!)), -1) });
    const net = sequential([input({ shape: [3] }), counted(), dense({ units: 1 })], { seed: 1 }).compile({ optimizer: 'sgd', loss: reading(), metrics: [metrics.meanAbsoluteError()] });
    for (let i = 0; i < 2; i++) {
      passes = 0;
      await expectNoTensorLeft(() => net.fit(features(20), labels(20), quiet));
      expect(passes).toBeGreaterThanOrEqual(20);
    }
    net.dispose();
  });
});

describe.skipIf(engines.length < 2)('records that wait', () => {
  it('are their engine’s, and see what another one has trained in between', async () => {
    const run = async (jit: boolean | 'auto') => {
      const net = build(jit);
      const numbers = [];
      for (const engine of ['wasm', 'native', 'wasm', 'native', 'wasm'] as const) {
        await setBackend(engine);
        numbers.push(...(await net.fit(features(20), labels(20), quiet)).history.loss!, (await net.evaluate(features(36), labels(36), { batchSize: 4 })).loss!);
      }
      net.dispose();
      return numbers;
    };
    expectClose(await run('auto'), await run(false), { rtol: 1e-4, atol: 1e-5 });
  });

  it.each([
    ['setBackend', setBackend],
    ['tf.setBackend', (engine: 'wasm' | 'native') => tf.setBackend(engine === 'native' ? 'tensorflow' : engine)],
  ] as const)('do not outlast another engine, to which a constant of a layer has moved in between: %s', async (_, use) => {
    const factors = tf.keep(tf.tensor1d([1, -2, 3]));
    const scaled = defineLayer({ kind: 'scaled', options: z.strictObject({}), build: (_, shape) => ({ output: shape, weights: {} }), call: (x: Tensor) => tf.mul(x, factors) });
    const run = async (jit: boolean | 'auto') => {
      const net = sequential([input({ shape: [3] }), scaled(), dense({ units: 1 })], { seed: 1 }).compile({ optimizer: 'adam', loss: 'meanSquaredError', jit }) as Model<Tensor>;
      const numbers: number[] = [];
      for (const engine of ['wasm', 'native', 'wasm'] as const) {
        await use(engine);
        // Something else lies in the constant's old place.
        const others = Array.from({ length: 50 }, () => tf.fill([3], 1000).add(1));
        numbers.push(...(await net.fit(features(20), labels(20), quiet)).history.loss!, (await net.evaluate(features(36), labels(36), { batchSize: 4 })).loss!);
        for (let i = 0; i < 10; i++) numbers.push((await net.trainOnBatch(features(4, i), labels(4, i))).loss!);
        tf.dispose(others);
      }
      net.dispose();
      return numbers;
    };
    expectClose(await run('auto'), await run(false), { rtol: 1e-4, atol: 1e-5 });
    factors.dispose();
  });
});
