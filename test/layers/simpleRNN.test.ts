import { beforeAll, describe, expect, test } from 'vitest';
import { simpleRNN } from '../../layers/simpleRNN.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';
import { expectGradients } from './gradients.ts';

const expectNumbers = (t: Tensor, wanted: readonly number[]) => {
  expect(t.size).toBe(wanted.length);
  [...t.dataSync()].forEach((n, i) => expect(n).toBeCloseTo(wanted[i]!, 5));
};

describe.each(engines)('simpleRNN on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const weights = { kernel: [[0.5]], recurrentKernel: [[-2]], bias: [0.25] };
  const x = () => tf.tensor3d([[[1], [-1], [2]]]);
  // h₁ = relu(0.5 + 0.25), h₂ = relu(−0.5 − 1.5 + 0.25) = 0, h₃ = relu(1 + 0.25)
  const relu = { units: 1, activation: 'relu' } as const;

  test('gives the numbers of its formula', () => {
    expectNumbers(drive(simpleRNN({ ...relu, returnSequences: true }), x(), { weights }).outputs[0]!, [0.75, 0, 1.25]);
    expectNumbers(drive(simpleRNN({ units: 1, returnSequences: true }), x(), { weights }).outputs[0]!, [
      Math.tanh(0.75), Math.tanh(-0.25 - 2 * Math.tanh(0.75)), Math.tanh(1.25 - 2 * Math.tanh(-0.25 - 2 * Math.tanh(0.75))),
    ]);
  });

  test('hands out and takes its state', () => {
    const given = { initialState: [tf.tensor2d([[-1]])] };
    const { outputs } = drive(simpleRNN({ ...relu, returnState: true }), tf.tensor3d([[[1]]]), { weights, given });
    expectNumbers(outputs[0]!, [2.75]);
    expectNumbers(outputs[1]!, [2.75]);
  });

  test('drops the same part of the state at every step', () => {
    const layer = simpleRNN({ ...relu, recurrentDropout: 0.5, returnSequences: true });
    const positive = { ...weights, recurrentKernel: [[1]] };
    const rows = tf.reshape(drive(layer, tf.ones([100, 3, 1]), { weights: positive, training: true, seed: 4 }).outputs[0]!, [100, 3]).arraySync() as number[][];
    // Dropped: 0.75 each time. Kept, and doubled: 0.75, 0.75 + 2 · 0.75, 0.75 + 2 · 2.25.
    const found = new Set(rows.map((row) => row.map((n) => n.toFixed(4)).join(' ')));
    expect([...found].sort()).toEqual(['0.7500 0.7500 0.7500', '0.7500 2.2500 5.2500']);
  });

  test('has the gradients that finite differences have', () => {
    const data = tf.tensor3d([[[0.5, -1], [2, 0.1], [0.3, 0.7]], [[-0.4, 1], [0.2, 0.9], [1.1, -0.6]]]);
    expectGradients(simpleRNN({ units: 2, returnSequences: true }), [data]);
    expectGradients(simpleRNN({ units: 2, useBias: false, goBackwards: true }), [data], { masks: [tf.tensor2d([[1, 0, 1], [0, 1, 1]], undefined, 'bool')] });
  });
});
