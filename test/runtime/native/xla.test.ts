import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { dense } from '../../../layers/index.ts';
import { momentum } from '../../../optimizers/index.ts';
import { input, sequential, tf } from '../../../src/index.ts';
import { setBackend } from '../../../src/runtime/choose.ts';
import { recorder } from '../../../src/runtime/native/record/record.ts';
import { compiles } from '../../../src/runtime/native/record/xla.ts';
import { hasNative } from '../../engines.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const step = (ops: string, multiplications = 1000) => ({ nodes: ops.split(' ').map((op, i) => ({ name: `n${i}`, op, inputs: [], attrs: {} })), work: { products: 4, multiplications } });
const small = 'Const MatMul Add Relu MatMul Sub Mul Sum ReluGrad';

describe('XLA compiles a step', () => {
  it.for([
    ['of a small model, if there are many', step(small), 100_000, true],
    ['not if there are few', step(small), 100, false],
    ['not if nobody knows how many', step(small), 0, false],
    ['not with a convolution', step(`${small} Conv2D`), 100_000, false],
    ['not with random numbers', step(`${small} StatelessRandomUniform`), 100_000, false],
    ['not with large products of matrices', step(small, 1e9), 100_000, false],
    ['not of thousands of nodes', step(Array<string>(2000).fill('Add').join(' ')), 100_000, false],
  ] as const)('%s', ([, given, steps, want]) => {
    vi.stubEnv('IBEX_XLA', undefined);
    expect(compiles(given, steps)).toBe(want);
    vi.stubEnv('IBEX_XLA', 'auto');
    expect(compiles(given, steps)).toBe(want);
    vi.stubEnv('IBEX_XLA', 'on');
    expect(compiles(given, steps)).toBe(true);
    vi.stubEnv('IBEX_XLA', 'off');
    expect(compiles(given, steps)).toBe(false);
  });

  it('refuses a word that it does not know', () => {
    vi.stubEnv('IBEX_XLA', 'yes');
    expect(() => compiles(step(small), 100_000)).toThrow('IBEX_XLA: must be on, off or auto, got "yes"');
  });
});

/** Weights after 16,640 steps, and the last loss. */
async function train(): Promise<number[]> {
  const net = sequential([input({ shape: [3] }), dense({ units: 4, activation: 'tanh' }), dense({ units: 1 })], { seed: 5 });
  net.compile({ optimizer: momentum({ learningRate: 0.01 }), loss: 'meanSquaredError', jit: true });
  const x = Float32Array.from({ length: 192 }, (_, i) => Math.sin(i));
  const { history } = await net.fit({ data: x, shape: [64, 3] }, { data: x.slice(0, 64), shape: [64, 1] }, { epochs: 260, batchSize: 1, verbose: 0 });
  const weights = net.getWeights();
  const numbers = [...weights.flatMap((tensor) => [...tensor.dataSync()]), history.loss!.at(-1)!];
  tf.dispose(weights);
  net.dispose();
  return numbers;
}

describe.skipIf(!hasNative)('a long fit of a small model on native TensorFlow', () => {
  beforeAll(() => setBackend('native'));

  it('ends in the same bits each time, and where the executor ends', async () => {
    vi.stubEnv('IBEX_XLA', undefined);
    const first = await train();
    expect(await train()).toEqual(first);
    vi.stubEnv('IBEX_XLA', 'off');
    (await train()).forEach((value, i) => expect(Math.abs(value - first[i]!)).toBeLessThan(1e-3));
  }, 120_000);

  it('counts the steps of all fits of a model, and records anew when there are enough', async () => {
    vi.stubEnv('IBEX_XLA', undefined);
    const records = vi.spyOn(recorder, 'record');
    const [x, y] = [tf.randomNormal([1024, 2], 0, 1, 'float32', 1), tf.randomNormal([1024, 1], 0, 1, 'float32', 2)];
    const train = async () => {
      const net = sequential([input({ shape: [2] }), dense({ units: 1 })], { seed: 1 }).compile({ optimizer: momentum({ learningRate: 0.01 }), loss: 'meanSquaredError' });
      const made: number[] = [];
      // 8,192 steps each, then 1,024.
      for (const epochs of [8, 8, 1]) {
        await net.fit(x, y, { epochs, batchSize: 1, verbose: 0 });
        made.push(records.mock.calls.length);
        records.mockClear();
      }
      const weights = net.getWeights().map((weight) => [...weight.dataSync()]);
      net.dispose();
      return { made, weights };
    };
    const first = await train();
    expect(first.made).toEqual([1, 1, 0]);
    expect(await train()).toEqual(first);
  });
});
