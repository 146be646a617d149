import { beforeAll, describe, expect, test } from 'vitest';
import { lstm } from '../../layers/lstm.ts';
import { input } from '../../src/core/symbolic.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive, startingWeights } from './drive.ts';
import { expectGradients } from './gradients.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const numbers = (t: Tensor) => [...t.dataSync()];
const expectNumbers = (t: Tensor, wanted: readonly number[]) => {
  expect(t.size).toBe(wanted.length);
  numbers(t).forEach((n, i) => expect(n).toBeCloseTo(wanted[i]!, 5));
};

// One unit, one feature; gates in Keras's order: i, f, c, o.
const kernel = [[0.5, -0.4, 0.3, 0.2]];
const recurrentKernel = [[0.1, 0.6, -0.7, 0.9]];
const bias = [0.05, 1, -0.1, 0.2];
const weights = { kernel, recurrentKernel, bias };

function byHand(xs: readonly number[], h = 0, c = 0) {
  return xs.map((x) => {
    const [i, f, g, o] = [0, 1, 2, 3].map((k) => x * kernel[0]![k]! + h * recurrentKernel[0]![k]! + bias[k]!) as [number, number, number, number];
    c = sigmoid(f) * c + sigmoid(i) * Math.tanh(g);
    h = sigmoid(o) * Math.tanh(c);
    return { h, c };
  });
}

describe.each(engines)('lstm on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const xs = [0.5, -1, 2];
  const x = () => tf.tensor3d([xs.map((n) => [n])]);

  test('gives the numbers of its formula, for the last step or for all', () => {
    const steps = byHand(xs);
    expectNumbers(drive(lstm({ units: 1 }), x(), { weights }).outputs[0]!, [steps[2]!.h]);
    const { outputs } = drive(lstm({ units: 1, returnSequences: true, returnState: true }), x(), { weights });
    expect(outputs.map(({ shape }) => shape)).toEqual([[1, 3, 1], [1, 1], [1, 1]]);
    expectNumbers(outputs[0]!, steps.map(({ h }) => h));
    expectNumbers(outputs[1]!, [steps[2]!.h]);
    expectNumbers(outputs[2]!, [steps[2]!.c]);
  });

  test('starts from a given state', () => {
    const given = { initialState: [tf.tensor2d([[0.3]]), tf.tensor2d([[-0.8]])] };
    expectNumbers(drive(lstm({ units: 1 }), x(), { weights, given }).outputs[0]!, [byHand(xs, 0.3, -0.8)[2]!.h]);
  });

  test('goes backwards, and hands the sequence out in that order', () => {
    const { outputs } = drive(lstm({ units: 1, returnSequences: true, goBackwards: true }), x(), { weights });
    expectNumbers(outputs[0]!, byHand([...xs].reverse()).map(({ h }) => h));
  });

  describe('with a mask', () => {
    const mask = () => tf.tensor2d([[1, 0, 1], [0, 1, 1]], undefined, 'bool');
    const batch = () => tf.tensor3d([xs.map((n) => [n]), xs.map((n) => [n])]);
    const [first, second] = [byHand([xs[0]!, xs[2]!]), byHand([xs[1]!, xs[2]!])];

    test('keeps state and output over masked steps, zeros before the first', () => {
      const { outputs, masks } = drive(lstm({ units: 1, returnSequences: true, returnState: true }), { tensor: batch(), mask: mask() }, { weights });
      expectNumbers(outputs[0]!, [first[0]!.h, first[0]!.h, first[1]!.h, 0, second[0]!.h, second[1]!.h]);
      expectNumbers(outputs[2]!, [first[1]!.c, second[1]!.c]);
      expect(numbers(masks[0]!)).toEqual([1, 0, 1, 0, 1, 1]);
      expect(masks[1]).toBeUndefined();
    });

    test('gives zeros at the start though a state was given, which it keeps', () => {
      const given = { initialState: [tf.tensor2d([[0.3], [0.3]]), tf.tensor2d([[-0.8], [-0.8]])] };
      const { outputs } = drive(lstm({ units: 1, returnSequences: true }), { tensor: batch(), mask: mask() }, { weights, given });
      const started = byHand([xs[1]!, xs[2]!], 0.3, -0.8);
      expectNumbers(tf.slice(outputs[0]!, [1, 0, 0], [1, 3, 1]), [0, started[0]!.h, started[1]!.h]);
    });

    test('gives zeros at masked steps with zeroOutputForMask, without losing the state', () => {
      const { outputs } = drive(lstm({ units: 1, returnSequences: true, zeroOutputForMask: true }), { tensor: batch(), mask: mask() }, { weights });
      expectNumbers(outputs[0]!, [first[0]!.h, 0, first[1]!.h, 0, second[0]!.h, second[1]!.h]);
    });

    test('hands no mask on after the last step', () => {
      expect(drive(lstm({ units: 1 }), { tensor: batch(), mask: mask() }).masks[0]).toBeUndefined();
    });
  });

  test('remembers its states when stateful', () => {
    const layer = lstm({ units: 1, stateful: true });
    const first = drive(layer, x(), { weights, batchSize: 1 });
    const { h, c } = byHand(xs)[2]!;
    expectNumbers(first.updates.state0!, [h]);
    expectNumbers(first.updates.state1!, [c]);
    const second = drive(layer, x(), { weights: { ...weights, ...first.updates }, batchSize: 1 });
    expectNumbers(second.outputs[0]!, [byHand([...xs, ...xs])[5]!.h]);
    expect(first.plan.weights.state0).toMatchObject({ shape: [1, 1], trainable: false, saved: false });
  });

  test('drops the same inputs at every step of an example, in training alone', () => {
    const layer = lstm({ units: 1, dropout: 0.5, returnSequences: true });
    const many = tf.ones([200, 3, 1]) as Tensor;
    const whole = numbers(drive(layer, many, { weights }).outputs[0]!).slice(0, 3);
    expectNumbers(tf.tensor1d(whole), byHand([1, 1, 1]).map(({ h }) => h));
    const dropped = drive(layer, many, { weights, training: true, seed: 5 }).outputs[0]!;
    const rows = tf.reshape(dropped, [200, 3]).arraySync() as number[][];
    const [kept, lost] = [byHand([2, 2, 2]), byHand([0, 0, 0])].map((steps) => steps.map(({ h }) => h)) as [number[], number[]];
    const same = (row: number[], other: number[]) => row.every((n, i) => Math.abs(n - other[i]!) < 1e-5);
    expect(rows.every((row) => same(row, kept) || same(row, lost))).toBe(true);
    expect(rows.filter((row) => same(row, lost)).length).toBeGreaterThan(70);
    expect(rows.filter((row) => same(row, lost)).length).toBeLessThan(130);
  });

  test('drops state for each gate on its own', () => {
    const layer = lstm({ units: 1, recurrentDropout: 0.5, returnSequences: true });
    const rows = tf.reshape(drive(layer, tf.ones([300, 2, 1]), { weights, training: true, seed: 3 }).outputs[0]!, [300, 2]).arraySync() as number[][];
    const { h, c } = byHand([1])[0]!;
    const outcomes = Array.from({ length: 16 }, (_, bits) => {
      const [i, f, g, o] = [0, 1, 2, 3].map((k) => kernel[0]![k]! + (bits & (1 << k) ? 2 * h : 0) * recurrentKernel[0]![k]! + bias[k]!) as [number, number, number, number];
      return sigmoid(o) * Math.tanh(sigmoid(f) * c + sigmoid(i) * Math.tanh(g));
    });
    const found = new Set(rows.map((row) => outcomes.findIndex((wanted) => Math.abs(wanted - row[1]!) < 1e-6)));
    expect(found.has(-1)).toBe(false);
    expect(found.size).toBe(16);
  });

  test('has gradients of gradients', () => {
    const slope = (at: Tensor) => tf.grad((given) => tf.sum(drive(lstm({ units: 1 }), given, { weights }).outputs[0]!))(at);
    const squared = (at: Tensor) => tf.sum(tf.square(slope(at)));
    const [second] = numbers(tf.grad(squared)(x()));
    const moved = (by: number) => numbers(squared(tf.tensor3d([[[xs[0]! + by], [xs[1]!], [xs[2]!]]])))[0]!;
    expect(second).toBeCloseTo((moved(0.05) - moved(-0.05)) / 0.1, 3);
  });

  test('has the gradients that finite differences have', () => {
    const data = tf.tensor3d([[[0.5, -1], [2, 0.1], [0.3, 0.7]], [[-0.4, 1], [0.2, 0.9], [1.1, -0.6]]]);
    expectGradients(lstm({ units: 2, returnSequences: true, returnState: true }), [data]);
    expectGradients(lstm({ units: 2, recurrentActivation: 'softmax', useBias: false }), [data], { masks: [tf.tensor2d([[1, 0, 1], [0, 1, 1]], undefined, 'bool')] });
    expectGradients(lstm({ units: 2, dropout: 0.3, recurrentDropout: 0.3 }), [data], { training: true, seed: 2 });
  });
});

test('lstm starts the bias of its forget gate at 1', () => {
  const layer = lstm({ units: 2 });
  const bias = startingWeights(layer, layer.plan([{ shape: input({ shape: [3, 1] }).shape, dtype: 'float32', batchSize: null }])).find(([name]) => name === 'bias')![2];
  expect(numbers(bias)).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
});

test('lstm says what it cannot do', () => {
  expect(() => lstm({ units: 2, stateful: true })(input({ shape: [3, 1] }))).toThrow('needs to know the batch size, to keep a state for each example; put input({ shape, batchSize }) before it');
  expect(() => lstm({ units: 2 })(input({ shape: [3, 1] }), { initialState: [input({ shape: [2] })] })).toThrow('with examples of [2] and [2], got [2]');
  expect(() => lstm({ units: 2 })(input({ shape: [3, null] }))).toThrow('needs to know the number of features, but here one example is [3, ?]');
});
