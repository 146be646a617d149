import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as layers from '../../../layers/index.ts';
import * as optimizers from '../../../optimizers/index.ts';
import { input, sequential, tf } from '../../../src/index.ts';
import { setBackend } from '../../../src/runtime/choose.ts';
import { nativeBackend } from '../../../src/runtime/native/ops.ts';
import { hasNative } from '../../engines.ts';

const { dense } = layers;

/** Numbers in [-1, 1) that are the same each time. */
function noise(length: number, seed = 1): Float32Array {
  let word = seed;
  return Float32Array.from({ length }, () => {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    return word / 2 ** 31 - 1;
  });
}

interface Case {
  readonly inputShape: readonly number[];
  readonly hidden: () => Parameters<typeof sequential>[0];
  readonly optimizer?: () => unknown;
  readonly fit?: object;
  readonly inputs?: (x: Float32Array) => Float32Array;
}

const rows = 44;
const cases: Record<string, Case> = {
  'dropout and adam with a schedule': {
    inputShape: [6], hidden: () => [dense({ units: 8, activation: 'relu' }), layers.dropout({ rate: 0.3 })],
    optimizer: () => optimizers.adam({ learningRate: optimizers.schedules.exponentialDecay({ initialLearningRate: 0.01, decaySteps: 3, decayRate: 0.5 }) }),
  },
  'regularizers, clipping and momentum': {
    inputShape: [6], hidden: () => [dense({ units: 8, activation: 'tanh', kernelRegularizer: 'l2' })], optimizer: () => optimizers.momentum({ learningRate: 0.05, clipnorm: 0.1 }),
  },
  'a convolution, pooling and batch normalization': {
    inputShape: [8, 8, 2],
    hidden: () => [layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu' }), layers.batchNormalization(), layers.maxPooling2d({ poolSize: 2 }), layers.flatten()],
    optimizer: () => optimizers.sgd({ learningRate: 0.05 }),
  },
  'an lstm': { inputShape: [5, 3], hidden: () => [layers.lstm({ units: 4 })], optimizer: () => optimizers.rmsprop({ learningRate: 0.01 }) },
  'an embedding with a mask': {
    inputShape: [5], hidden: () => [layers.embedding({ inputDim: 7, outputDim: 4, maskZero: true }), layers.gru({ units: 4 })],
    inputs: (x) => x.map((value) => Math.floor((value + 1) * 3.49)), optimizer: () => optimizers.adam({ learningRate: 0.01 }),
  },
  'weights of examples': { inputShape: [6], hidden: () => [dense({ units: 4, activation: 'sigmoid' })], fit: { sampleWeight: noise(rows, 5).map(Math.abs) }, optimizer: () => optimizers.adamW() },
};

/** Losses and accuracies of four epochs; the last batch of each has 12 rows, the others 16. */
async function train({ inputShape, hidden, optimizer, fit, inputs = (x) => x }: Case, jit: boolean): Promise<{ history: Readonly<Record<string, readonly number[]>>; weights: number[] }> {
  const size = inputShape.reduce((product, n) => product * n, rows);
  const x = tf.tensor(inputs(noise(size)), [rows, ...inputShape]);
  const y = tf.tensor(noise(rows, 3).map((value) => Number(value > 0)), [rows, 1]);
  const net = sequential([input({ shape: [...inputShape] }), ...hidden(), dense({ units: 1, activation: 'sigmoid' })] as never, { seed: 3 });
  net.compile({ optimizer: optimizer?.() as never, loss: 'binaryCrossentropy', metrics: ['accuracy'], jit });
  const { history } = await net.fit(x, y, { epochs: 4, batchSize: 16, verbose: 0, ...fit });
  const weights = net.getWeights();
  const numbers = weights.flatMap((tensor) => [...tensor.dataSync()]);
  tf.dispose([x, y, ...weights]);
  net.dispose();
  return { history, weights: numbers };
}

const expectSame = (got: readonly number[], want: readonly number[], tolerance: number) => {
  expect(got).toHaveLength(want.length);
  got.forEach((value, i) => expect(Math.abs(value - want[i]!)).toBeLessThanOrEqual(tolerance * Math.max(1e-3, Math.abs(want[i]!))));
};

describe.skipIf(!hasNative)('fit by record on native TensorFlow', () => {
  beforeAll(() => setBackend('native'));

  it.for(Object.entries(cases))('trains as step by step with %s', async ([, given]) => {
    const eager = await train(given, false);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const recorded = await train(given, true);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
    expectSame(recorded.history.loss!, eager.history.loss!, 1e-6);
    expectSame(recorded.history.accuracy!, eager.history.accuracy!, 1e-6);
    expectSame(recorded.weights, eager.weights, 1e-4);
  });

  it('trains as step by step when XLA compiles the steps', async () => {
    const given = cases['regularizers, clipping and momentum']!;
    const eager = await train(given, false);
    vi.stubEnv('IBEX_XLA', 'on');
    const compiled = await train(given, true).finally(() => vi.unstubAllEnvs());
    expectSame(compiled.history.loss!, eager.history.loss!, 1e-5);
    expectSame(compiled.weights, eager.weights, 1e-3);
  });

  it('keeps nothing after fit, and no more graphs than it has use for', async () => {
    const given = cases['weights of examples']!;
    await train(given, true);
    const { binding } = nativeBackend();
    const before = [tf.memory().numTensors, binding.getNumOfTensors(), binding.getNumOfSavedModels()];
    await train(given, true);
    expect([tf.memory().numTensors, binding.getNumOfTensors(), binding.getNumOfSavedModels()]).toEqual(before);
  });

  it('keeps the graphs of few models that nobody disposes of', async () => {
    const { binding } = nativeBackend();
    const before = binding.getNumOfSavedModels();
    const nets = [];
    for (let units = 1; units <= 40; units++) {
      const net = sequential([input({ shape: [2] }), dense({ units })], { seed: 1 }).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      await net.fit({ data: noise(32), shape: [16, 2] }, { data: noise(16 * units), shape: [16, units] }, { epochs: 4, batchSize: 8, verbose: 0 });
      nets.push(net);
    }
    // Twelve that wait, and sixteen that the last were tried with.
    expect(binding.getNumOfSavedModels() - before).toBeLessThanOrEqual(12 + 16);
    for (const net of nets) net.dispose();
  });
});
