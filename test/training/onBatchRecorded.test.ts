/** trainOnBatch and batches of an iterable on a record: the very numbers of steps without one, whatever happens between the calls. */
import { beforeAll, describe, expect, it } from 'vitest';
import { callbacks, input, sequential, setBackend, tf, type Model, type Tensor } from 'ibexjs';
import { batchNormalization, dense, dropout, lstm } from 'ibexjs/layers';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { expectNoTensorLeft } from '../helpers/memory.ts';

const features = (rows: number, first = 0) => ({ data: Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i * 1.7 + first)), shape: [rows, 3] });
const labels = (rows: number, first = 0) => ({ data: Float32Array.from({ length: rows }, (_, i) => (i * 7 + first) % 2), shape: [rows, 1] });

type Jit = boolean | 'auto';
const build = (jit: Jit): Model<Tensor> => sequential([
  input({ shape: [3] }), dense({ units: 5, activation: 'relu' }), batchNormalization(), dropout({ rate: 0.3, name: 'drop' }), dense({ units: 1, activation: 'sigmoid', name: 'last' }),
], { seed: 3, name: 'net' }).compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'], jit }) as Model<Tensor>;

/** All numbers in a result, in order. */
const numbersIn = (result: unknown): number[] => {
  if (typeof result === 'number') return [result];
  if (ArrayBuffer.isView(result)) return [...(result as Float32Array)];
  return typeof result === 'object' && result !== null ? Object.values(result).flatMap(numbersIn) : [];
};

describe.each(engines)('on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  // Native TensorFlow records only what comes often, if it is not told to.
  const recording: Jit = engine === 'native' ? true : 'auto';

  function expectEqual(recorded: unknown, eager: unknown): void {
    if (engine === 'wasm') expect(recorded).toEqual(eager);
    else expectClose(numbersIn(recorded), numbersIn(eager), { rtol: 1e-4, atol: 1e-5 });
  }

  async function expectSame(work: (net: Model<Tensor>) => Promise<unknown>): Promise<void> {
    const run = async (jit: Jit) => {
      const net = build(jit);
      const result = await work(net);
      const weights = net.readWeights();
      net.dispose();
      return { result, weights };
    };
    const eager = await run(false);
    expectEqual(await run(recording), eager);
  }

  describe('trainOnBatch on a record', () => {
    it('gives the numbers of steps without one', () => expectSame(async (net) => {
      const logs = [];
      for (let i = 0; i < 7; i++) logs.push(await net.trainOnBatch(features(6, i), labels(6, i)));
      return logs;
    }));

    it('takes batches of several sizes, weights of examples and classes, and batches to test in between', () => expectSame(async (net) => {
      const logs = [];
      for (let i = 0; i < 8; i++) {
        for (const rows of [4, 7]) logs.push(await net.trainOnBatch(features(rows, i), labels(rows, i)));
        logs.push(await net.trainOnBatch(features(4, i), labels(4, i), { classWeight: { 0: 2 } }));
        logs.push(await net.testOnBatch(features(4, i), labels(4, i)));
      }
      return logs;
    }));

    it('more sizes than it remembers', () => expectSame(async (net) => {
      for (let i = 0; i < 3; i++) for (let rows = 1; rows < 9; rows++) await net.trainOnBatch(features(rows, i), labels(rows, i));
    }));

    it('sees weights, rates and layers that change in between', () => expectSame(async (net) => {
      const seen = [];
      for (let i = 0; i < 16; i++) {
        await net.trainOnBatch(features(5, i), labels(5, i));
        if (i === 3) net.setWeights(net.readWeights().map(({ data, shape }) => ({ data: Float32Array.from(data, (n) => n / 2), shape })));
        if (i === 5) net.trainer.learningRate = 0.1;
        if (i === 7) net.getLayer('last').trainable = false;
        if (i === 11) net.getLayer('last').trainable = true;
        if (i === 13) await net.fit(features(20), labels(20), { epochs: 3, batchSize: 4, verbose: 0 });
        const y = net.predict(features(2));
        seen.push([...y.dataSync()]);
        y.dispose();
      }
      return seen;
    }));

    it('shares weights with another model that trains too', async () => {
      const run = async (jit: Jit) => {
        const shared = dense({ units: 4, activation: 'tanh', name: 'shared' });
        const nets = [1, 2].map((units) => sequential([input({ shape: [3] }), shared, dense({ units, name: `own${units}` })], { seed: 1, name: `net${units}` }).compile({ optimizer: 'adam', loss: 'meanSquaredError', jit }));
        const logs = [];
        for (let i = 0; i < 6; i++) for (const [k, net] of nets.entries()) logs.push(await net.trainOnBatch(features(4, i), { data: new Float32Array(4 * (k + 1)).fill(i), shape: [4, k + 1] }));
        const weights = nets.map((net) => net.readWeights());
        for (const net of nets) net.dispose();
        return { logs, weights };
      };
      expectEqual(await run(recording), await run(false));
    });

    it('remembers the states of a stateful layer', async () => {
      const run = async (jit: Jit) => {
        const net = sequential([input({ shape: [4, 2], batchSize: 3 }), lstm({ units: 3, stateful: true }), dense({ units: 1 })], { seed: 1, name: 'states' }).compile({ optimizer: 'sgd', loss: 'meanSquaredError', jit });
        const logs = [];
        const x = { data: Float32Array.from({ length: 24 }, (_, i) => Math.cos(i)), shape: [3, 4, 2] };
        for (let i = 0; i < 5; i++) logs.push(await net.trainOnBatch(x, [1, 2, 3]), await net.testOnBatch(x, [1, 2, 3]));
        net.dispose();
        return logs;
      };
      expectEqual(await run(recording), await run(false));
    });

    it('leaves no tensor that anybody counts', async () => {
      const net = build(recording);
      await expectNoTensorLeft(async () => {
        for (let i = 0; i < 5; i++) {
          await net.trainOnBatch(features(4, i), labels(4, i));
          await net.testOnBatch(features(4, i), labels(4, i));
          net.predict(features(1)).dispose();
        }
      });
      net.dispose();
    });

    it('leaves weights as they were if a step fails', async () => {
      const net = build(recording);
      for (let i = 0; i < 4; i++) await net.trainOnBatch(features(4, i), labels(4, i));
      const before = net.readWeights();
      await expect(net.trainOnBatch(features(4), [[1, 2]])).rejects.toThrow('y');
      expect(net.readWeights()).toEqual(before);
      net.dispose();
    });

    it('with jit: true says why it cannot', async () => {
      const net = sequential([input({ shape: [3] }), dense({ units: 1 })]).compile({
        optimizer: 'sgd', jit: true,
        loss: (yTrue, yPred) => tf.mul(tf.squaredDifference(yTrue, yPred), Math.abs(yPred.dataSync()[0]!)),
      });
      await expect(net.trainOnBatch(features(4), labels(4))).rejects.toThrow(/trainOnBatch: the step cannot be compiled: (the step|it) reads a tensor back; compile with jit: 'auto' to have it run operation by operation/);
      net.dispose();
    });
  });

  describe('fit over an iterable, on a record', () => {
    const batches = (sizes: readonly number[]) => sizes.map((rows, i) => [features(rows, i), labels(rows, i)] as const);

    it('gives the numbers of steps without one', () => expectSame(async (net) => (await net.fit(batches([4, 4, 6, 4, 6, 2, 4]).values() as never, undefined, { verbose: 0 })).history));

    it('over epochs, with callbacks that look at every batch', () => expectSame(async (net) => {
      const seen: unknown[] = [];
      const stream = { [Symbol.iterator]: () => batches([4, 4, 4, 6, 4, 4]).values() };
      const { history } = await net.fit(stream as never, undefined, {
        epochs: 4, verbose: 0, validationData: [features(6), labels(6)],
        callbacks: [{ onBatchEnd: (_, logs) => void seen.push({ ...logs }, net.readWeights()[0]) }, callbacks.earlyStopping({ patience: 9 })],
      });
      return { history, seen };
    }));

    it('evaluates as it would without one', () => expectSame(async (net) => {
      const stream = { [Symbol.iterator]: () => batches([4, 4, 6, 4, 6, 4]).values() };
      const logs = [await net.evaluate(stream as never), await net.evaluate(stream as never)];
      return [...logs, (await net.fit(features(12), labels(12), { epochs: 3, batchSize: 4, verbose: 0, validationData: stream as never })).history];
    }));

    it('may be asked for with jit: true', async () => {
      const net = build(true);
      const { history } = await net.fit({ [Symbol.iterator]: () => batches([4, 4, 4]).values() } as never, undefined, { epochs: 2, verbose: 0 });
      expect(history.loss).toHaveLength(2);
      net.dispose();
    });
  });
});

describe.skipIf(engines.length < 2)('trainOnBatch on a record', () => {
  it('is carried over when another engine goes on', async () => {
    const run = async (jit: Jit) => {
      const net = build(jit);
      const numbers = [];
      for (const engine of ['native', 'wasm', 'native', 'wasm'] as const) {
        await setBackend(engine);
        for (let i = 0; i < 10; i++) numbers.push(...numbersIn(await net.trainOnBatch(features(4, i), labels(4, i))));
      }
      numbers.push(...numbersIn(net.readWeights()));
      net.dispose();
      return numbers;
    };
    const tensors = tf.memory().numTensors;
    expectClose(await run('auto'), await run(false), { rtol: 1e-4, atol: 1e-5 });
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
