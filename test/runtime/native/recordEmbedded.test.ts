import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { batchNormalization, conv1d, dense, dropout, gru, lambda } from '../../../layers/index.ts';
import { adam } from '../../../optimizers/index.ts';
import { atOnce } from '../../../src/core/phases.ts';
import { recorderOf, type StepToRecord } from '../../../src/core/recorder.ts';
import { input, sequential, setBackend, tf, type Model } from '../../../src/index.ts';
import { nativeBackend } from '../../../src/runtime/native/ops.ts';
import { sessionAddon } from '../../../src/runtime/native/record/sessionAddon.ts';
import { hasNative } from '../../engines.ts';

const waves = (shape: readonly number[], phase = 0) => ({ data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i * i + phase)), shape: [...shape] });
const rows = 44;
const x = waves([rows, 6]);
const y = { data: Float32Array.from({ length: rows }, (_, i) => Number(i % 3 === 0)), shape: [rows, 1] };

function small(rate = 0.2): Model<tf.Tensor> {
  const net = sequential([input({ shape: [6] }), dense({ units: 8, activation: 'relu' }), dropout({ rate }), dense({ units: 1, activation: 'sigmoid' })], { seed: 3 });
  return net.compile({ optimizer: adam({ learningRate: 0.01 }), loss: 'binaryCrossentropy', metrics: ['accuracy'], jit: true }) as Model<tf.Tensor>;
}
// The last batch of an epoch has 12 rows.
const options = { epochs: 3, batchSize: 16, verbose: 0 } as const;
const weightsOf = (net: Model<tf.Tensor>) => net.readWeights().map(({ data }) => [...data]);
const largestDistance = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]) => Math.max(...a.flatMap((list, i) => list.map((value, j) => Math.abs(value - b[i]![j]!))));

/** Steps that the embedded engine has recorded. */
const recordings = () => vi.spyOn(recorderOf('wasm')!, 'record');

describe.skipIf(!hasNative || !sessionAddon())('small steps under the native engine', () => {
  beforeEach(async () => {
    vi.stubEnv('IBEX_EMBEDDED', 'auto');
    await setBackend('native');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it('train on the embedded one: the weights are the same to the last bit', async () => {
    const own = small();
    const record = recordings();
    await own.fit(x, y, options);
    expect(record).toHaveBeenCalledTimes(2);
    expect(tf.getBackend()).toBe('tensorflow');
    await setBackend('wasm');
    const other = small();
    await other.fit(x, y, options);
    expect(weightsOf(own)).toEqual(weightsOf(other));
    for (const net of [own, other]) net.dispose();
  });

  it('train on TensorFlow where IBEX_EMBEDDED is off or XLA is asked for, and say so of anything else', async () => {
    const record = recordings();
    for (const [variable, value] of [['IBEX_EMBEDDED', 'off'], ['IBEX_XLA', 'on']] as const) {
      vi.stubEnv(variable, value);
      // XLA draws other random numbers.
      const net = small(0);
      await net.fit(x, y, options);
      net.dispose();
      vi.unstubAllEnvs();
    }
    expect(record).not.toHaveBeenCalled();
    vi.stubEnv('IBEX_EMBEDDED', 'on');
    await expect(small().fit(x, y, options)).rejects.toThrow('IBEX_EMBEDDED: must be off or auto, got "on"');
  });

  it('stay on TensorFlow where rows times weights are many, or the places of sequences', async () => {
    const record = recordings();
    const fit = async (shape: number[], units: number) => {
      const net = sequential([input({ shape }), dense({ units }), dense({ units: 1 })], { seed: 1 }).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      await net.fit(waves([64, ...shape]), waves([64, ...shape.slice(0, -1), 1]), { epochs: 10, batchSize: 32, verbose: 0 });
      net.dispose();
    };
    // 32 rows of 128 · 128 weights; 32 · 128 places of 4 · 8.
    await fit([128], 128);
    await fit([128, 4], 8);
    expect(record).not.toHaveBeenCalled();
    await fit([4], 8);
    expect(record).toHaveBeenCalledOnce();
  });

  it('see weights that were set in between, and show theirs', async () => {
    const [net, want] = [small(), small()];
    const start = net.getWeights();
    const seen: number[][][] = [];
    const callback = { onEpochEnd: (_: number, __: unknown, { model }: { model: unknown }) => void seen.push(weightsOf(model as Model<tf.Tensor>)) };
    await net.fit(x, y, { ...options, callbacks: [callback] });
    expect(seen).toHaveLength(3);
    expect(seen[2]).toEqual(weightsOf(net));
    expect(largestDistance(seen[0]!, seen[1]!)).toBeGreaterThan(1e-3);
    const predicted = net.predict(x) as tf.Tensor;
    net.setWeights(start);
    await net.fit(x, y, { ...options, epochs: 1, shuffle: false });
    vi.stubEnv('IBEX_EMBEDDED', 'off');
    want.setWeights(start);
    const { history } = await want.fit(x, y, options);
    expect(history.loss![2]).toBeLessThan(history.loss![0]!);
    const after = want.predict(x) as tf.Tensor;
    expect(largestDistance([[...predicted.dataSync()]], [[...after.dataSync()]])).toBeLessThan(1e-5);
    tf.dispose([...start, predicted, after]);
    for (const each of [net, want]) each.dispose();
  });

  it('go on from one call to the next, by trainOnBatch and fit, as on TensorFlow', async () => {
    const train = async (embedded: string) => {
      vi.stubEnv('IBEX_EMBEDDED', embedded);
      const net = small();
      const losses: number[] = [];
      for (let i = 0; i < 12; i++) {
        losses.push((await net.trainOnBatch(waves([8, 6], i), { data: y.data.subarray(0, 8), shape: [8, 1] })).loss!);
        if (i === 10) losses.push(...(await net.fit(x, y, { ...options, epochs: 1 })).history.loss!);
      }
      losses.push((await net.evaluate(x, y)).loss!);
      net.dispose();
      return losses;
    };
    const record = recordings();
    const [got, want] = [await train('auto'), await train('off')];
    expect(record.mock.calls.length).toBeGreaterThan(2);
    expect(largestDistance([got], [want])).toBeLessThan(1e-5);
  });

  it('train several models at a time, whoever computes or chooses the engine again meanwhile', async () => {
    const alone = small();
    await alone.fit(x, y, { ...options, epochs: 40 });
    const nets = [small(), small()];
    let [over, turns] = [false, 0];
    const others = (async () => {
      for (; !over; turns++) {
        await new Promise((resolve) => setImmediate(resolve));
        expect(tf.tidy(() => tf.add(turns, 1).dataSync()[0])).toBe(turns + 1);
        await setBackend('native');
      }
    })();
    await Promise.all(nets.map((net) => net.fit(x, y, { ...options, epochs: 40 })));
    over = true;
    await others;
    expect(turns).toBeGreaterThan(5);
    for (const net of nets) expect(weightsOf(net)).toEqual(weightsOf(alone));
    for (const net of [alone, ...nets]) net.dispose();
  });

  it('keep nothing, in neither engine\'s memory', async () => {
    const [{ binding }, embedded] = [nativeBackend(), tf.engine().findBackend('wasm')];
    const once = async () => {
      const net = small();
      await net.fit(x, y, options);
      await net.fit(x, y, options);
      for (let i = 0; i < 5; i++) net.predict({ data: x.data.subarray(0, 6), shape: [1, 6] }).dispose();
      net.dispose();
      return [tf.memory().numTensors, binding.getNumOfTensors(), embedded.numDataIds()];
    };
    const before = await once();
    expect(await once()).toEqual(before);
  });

  it('are as well predictions: of the weights as they are, on copies that go with the model', async () => {
    const recordForward = vi.spyOn(recorderOf('wasm')!, 'recordForward');
    const given = waves([2, 12, 3]);
    const build = () => sequential([input({ shape: [12, 3] }), conv1d({ filters: 4, kernelSize: 3, activation: 'relu' }), batchNormalization(), gru({ units: 5 }), dense({ units: 2 })], { seed: 7 })
      .compile({ optimizer: 'sgd', loss: 'meanSquaredError' }) as Model<tf.Tensor>;
    const answers = (net: Model<tf.Tensor>) => Array.from({ length: 5 }, () => {
      const out = net.predict(given);
      const values = [...out.dataSync()];
      out.dispose();
      return values;
    });
    const once = async () => {
      const net = build();
      const before = answers(net);
      await net.fit(given, waves([2, 2]), { epochs: 3, verbose: 0 });
      const after = answers(net);
      net.dispose();
      return { before, after };
    };
    const { before, after } = await once();
    expect(recordForward).toHaveBeenCalledTimes(2);
    // The first two are eager, on TensorFlow.
    expect(largestDistance(before, before.map(() => before[0]!))).toBeLessThan(1e-6);
    expect(largestDistance(after, after.map(() => after[0]!))).toBeLessThan(1e-6);
    expect(largestDistance(before, after)).toBeGreaterThan(1e-3);
    vi.stubEnv('IBEX_EMBEDDED', 'off');
    const want = await once();
    expect(recordForward).toHaveBeenCalledTimes(2);
    expect(largestDistance(after, want.after)).toBeLessThan(1e-5);
  });

  it('stay on TensorFlow where they use a tensor that lies there', async () => {
    const factor = tf.tensor1d([1, 2, 3, 4, 5, 6]);
    factor.dataSync();
    const record = recordings();
    const net = sequential([input({ shape: [6] }), lambda({ function: (given) => tf.mul(given as tf.Tensor, factor), outputShape: [6] }), dense({ units: 1 })], { seed: 1 });
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError', jit: true });
    const { history } = await net.fit(x, y, { ...options, epochs: 6 });
    expect(record).toHaveBeenCalled();
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0]!);
    expect([...factor.dataSync()]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...tf.add(factor, 1).dataSync()]).toEqual([2, 3, 4, 5, 6, 7]);
    factor.dispose();
    net.dispose();
  });

  it('stay on TensorFlow where the embedded engine lacks an operation', async () => {
    expect(tf.getKernel('FFT', 'wasm')).toBeUndefined();
    const record = recordings();
    const net = sequential([input({ shape: [6] }), lambda({ function: (given) => tf.real(tf.spectral.fft(tf.complex(given as tf.Tensor, tf.zerosLike(given as tf.Tensor)))), outputShape: [6] }), dense({ units: 1 })], { seed: 1 });
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError', jit: true });
    await net.fit(x, y, options);
    expect(record).toHaveBeenCalled();
    expect(tf.getBackend()).toBe('tensorflow');
    net.dispose();
  });

  it('let an error of a step through, and TensorFlow computes on', () => {
    const step: StepToRecord['step'] = () => {
      throw new Error('mine');
    };
    const recorder = recorderOf('tensorflow')!;
    expect(() => atOnce(recorder.record({ state: [recorder.duplicate(tf.scalar(1))], batch: [tf.ones([1, 1])], data: [tf.ones([2, 1])], step }))).toThrow('mine');
    expect(tf.getBackend()).toBe('tensorflow');
    expect([...tf.add(1, 2).dataSync()]).toEqual([3]);
  });
});
