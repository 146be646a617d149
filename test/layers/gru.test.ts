import { beforeAll, describe, expect, test } from 'vitest';
import { gru } from '../../layers/gru.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';
import { expectGradients } from './gradients.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const expectNumbers = (t: Tensor, wanted: readonly number[]) => {
  expect(t.size).toBe(wanted.length);
  [...t.dataSync()].forEach((n, i) => expect(n).toBeCloseTo(wanted[i]!, 5));
};

// One unit, one feature; gates in Keras's order: z, r, h.
const w = [0.5, -0.4, 0.3] as const;
const u = [0.1, 0.6, -0.7] as const;
const b = [0.05, -0.2, 0.4] as const;
const c = [0.3, 0.1, -0.6] as const;
const kernels = { kernel: [w], recurrentKernel: [u] };

const after = (x: number, h: number) => {
  const z = sigmoid(x * w[0] + b[0] + h * u[0] + c[0]);
  const r = sigmoid(x * w[1] + b[1] + h * u[1] + c[1]);
  return z * h + (1 - z) * Math.tanh(x * w[2] + b[2] + r * (h * u[2] + c[2]));
};
const before = (x: number, h: number) => {
  const z = sigmoid(x * w[0] + h * u[0] + b[0]);
  const r = sigmoid(x * w[1] + h * u[1] + b[1]);
  return z * h + (1 - z) * Math.tanh(x * w[2] + b[2] + r * h * u[2]);
};
const walk = (step: (x: number, h: number) => number, xs: readonly number[], h = 0) => xs.map((x) => (h = step(x, h)));

describe.each(engines)('gru on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const xs = [0.5, -1, 2];
  const x = () => tf.tensor3d([xs.map((n) => [n])]);

  test.each([
    ['after', { resetAfter: true }, after, { ...kernels, bias: [b, c] }],
    ['before', { resetAfter: false }, before, { ...kernels, bias: b }],
  ] as const)('with the reset gate %s the product, gives the numbers of its formula', (_, options, step, weights) => {
    const { outputs } = drive(gru({ units: 1, returnSequences: true, returnState: true, ...options }), x(), { weights });
    expectNumbers(outputs[0]!, walk(step, xs));
    expectNumbers(outputs[1]!, [walk(step, xs)[2]!]);
    const given = { initialState: [tf.tensor2d([[0.7]])] };
    expectNumbers(drive(gru({ units: 1, goBackwards: true, ...options }), x(), { weights, given }).outputs[0]!, [walk(step, [2, -1, 0.5], 0.7)[2]!]);
  });

  test('keeps its state over masked steps', () => {
    const mask = tf.tensor2d([[1, 0, 1]], undefined, 'bool');
    const [one, two] = walk(after, [0.5, 2]) as [number, number];
    expectNumbers(drive(gru({ units: 1, returnSequences: true }), { tensor: x(), mask }, { weights: { ...kernels, bias: [b, c] } }).outputs[0]!, [one, one, two]);
  });

  test('remembers its state when stateful', () => {
    const weights = { ...kernels, bias: [b, c] };
    const first = drive(gru({ units: 1, stateful: true }), x(), { weights, batchSize: 1 });
    const second = drive(gru({ units: 1, stateful: true }), x(), { weights: { ...weights, ...first.updates }, batchSize: 1 });
    expectNumbers(second.outputs[0]!, [walk(after, [...xs, ...xs])[5]!]);
  });

  test('has the gradients that finite differences have', () => {
    const data = tf.tensor3d([[[0.5, -1], [2, 0.1], [0.3, 0.7]], [[-0.4, 1], [0.2, 0.9], [1.1, -0.6]]]);
    for (const resetAfter of [true, false]) {
      expectGradients(gru({ units: 2, returnSequences: true, resetAfter }), [data]);
      expectGradients(gru({ units: 2, dropout: 0.3, recurrentDropout: 0.3, resetAfter }), [data], { training: true, seed: 2 });
    }
  });
});
