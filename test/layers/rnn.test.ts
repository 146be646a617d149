import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { dense } from '../../layers/dense.ts';
import { gru, gruCell } from '../../layers/gru.ts';
import { lstm, lstmCell } from '../../layers/lstm.ts';
import { rnn } from '../../layers/rnn.ts';
import { simpleRNN, simpleRNNCell } from '../../layers/simpleRNN.ts';
import { stackedRNNCells } from '../../layers/stackedRNNCells.ts';
import { defineMerge } from '../../src/core/defineLayer.ts';
import { sized } from '../../src/core/shape.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive, startingWeights, planOf } from './drive.ts';
import { expectGradients } from './gradients.ts';

const numbers = (t: Tensor) => [...t.dataSync()];
const expectSame = (a: Tensor, b: Tensor) => {
  expect(a.shape).toEqual(b.shape);
  numbers(a).forEach((n, i) => expect(n).toBeCloseTo(numbers(b)[i]!, 5));
};

/** Sums up what it sees, each step after halving what it had; its output is ten times that. A user's cell. */
const fading = defineMerge({
  kind: 'fading',
  options: z.strictObject({}),
  states: () => [sized(2)],
  build: (_, [input]) => ({ output: [input!, sized(2)] }),
  call([x, sum]) {
    const now = tf.add(tf.mul(sum!, 0.5), x!);
    return [tf.mul(now, 10), now];
  },
});

describe.each(engines)('rnn on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const data = () => tf.tensor3d([[[0.5, -1], [2, 0.1], [0.3, 0.7]], [[-0.4, 1], [0.2, 0.9], [1.1, -0.6]]]);
  const mask = () => tf.tensor2d([[1, 0, 1], [0, 1, 1]], undefined, 'bool');

  test.each([
    ['lstm', lstm({ units: 2, returnSequences: true, returnState: true }), lstmCell({ units: 2 })],
    ['gru', gru({ units: 2, returnSequences: true, returnState: true }), gruCell({ units: 2 })],
    ['simpleRNN', simpleRNN({ units: 2, returnSequences: true, returnState: true }), simpleRNNCell({ units: 2 })],
  ] as const)('over the cell of %s is that layer', (_, layer, cell) => {
    const looped = rnn({ cell, returnSequences: true, returnState: true });
    const weights = Object.fromEntries(startingWeights(layer, planOf(layer, [{ tensor: data() }], {}), 7).map(([name, , value]) => [name, value]));
    const below = Object.fromEntries(Object.entries(weights).map(([name, value]) => [`cell/${name}`, value]));
    const flow = { tensor: data(), mask: mask() };
    const [wanted, found] = [drive(layer, flow, { weights }), drive(looped, flow, { weights: below })];
    expect(found.outputs).toHaveLength(wanted.outputs.length);
    wanted.outputs.forEach((each, i) => expectSame(found.outputs[i]!, each));
    expect(numbers(found.masks[0]!)).toEqual(numbers(mask()));
  });

  test('stacks cells: the output of each is the input of the next', () => {
    const flow = { tensor: data(), mask: mask() };
    const stacked = rnn({ cell: [lstmCell({ units: 2 }), gruCell({ units: 3 })], returnState: true });
    const known = Object.fromEntries(startingWeights(stacked, planOf(stacked, [flow], {}), 7).map(([name, , value]) => [name, value]));
    expect(Object.keys(known)).toEqual(['LSTMCell', 'GRUCell'].flatMap((cell) => ['kernel', 'recurrentKernel', 'bias'].map((name) => `cell/cells/${cell}/${name}`)));
    const of = (cell: string) => Object.fromEntries(Object.entries(known).filter(([name]) => name.includes(cell)).map(([name, value]) => [name.split('/').at(-1)!, value]));
    const lower = drive(lstm({ units: 2, returnSequences: true, returnState: true }), flow, { weights: of('LSTMCell') }).outputs;
    const upper = drive(gru({ units: 3 }), { tensor: lower[0]!, mask: mask() }, { weights: of('GRUCell') }).outputs;
    const { outputs } = drive(stacked, flow, { weights: known });
    [upper[0]!, lower[1]!, lower[2]!, upper[0]!].forEach((wanted, i) => expectSame(outputs[i]!, wanted));
  });

  test('numbers cells of one class in the files\' way', () => {
    const cells = stackedRNNCells({ cells: [gruCell({ units: 1 }), lstmCell({ units: 1 }), gruCell({ units: 1 })] });
    expect([...cells.held.keys()]).toEqual(['cells/GRUCell', 'cells/LSTMCell', 'cells/GRUCell_1']);
  });

  test('takes a cell of the user\'s own, whose output is none of its states', () => {
    const { outputs, plan } = drive(rnn({ cell: fading(), returnSequences: true, returnState: true }), { tensor: data(), mask: mask() });
    expect(plan.outputs.map(({ shape }) => shape)).toEqual([[3, 2], [2]]);
    const [a, b, c, d] = [[0.5, -1], [0.55, 0.2], [0.2, 0.9], [1.2, -0.15]] as const;
    expectSame(outputs[0]!, tf.mul(tf.tensor3d([[[...a], [...a], [...b]], [[0, 0], [...c], [...d]]]), 10));
    expectSame(outputs[1]!, tf.tensor2d([[...b], [...d]]));
  });

  test('starts from a given state and remembers it when stateful', () => {
    const given = { initialState: [tf.tensor2d([[1, 1], [2, 2]])] };
    const once = drive(rnn({ cell: fading(), stateful: true }), data(), { given, batchSize: 2 });
    // x₃ + x₂ / 2 + x₁ / 4 + start / 8
    expectSame(once.updates.state0!, tf.tensor2d([[0.3 + 1 + 0.125 + 0.125, 0.7 + 0.05 - 0.25 + 0.125], [1.1 + 0.1 - 0.1 + 0.25, -0.6 + 0.45 + 0.25 + 0.25]]));
    const twice = drive(rnn({ cell: fading(), stateful: true }), tf.zeros([2, 1, 2]), { weights: once.updates, batchSize: 2 });
    expectSame(twice.outputs[0]!, tf.mul(once.updates.state0!, 5));
  });

  test('drops the same units at every step', () => {
    const looped = rnn({ cell: simpleRNNCell({ units: 1, activation: 'linear', dropout: 0.5 }), returnSequences: true });
    const weights = { 'cell/kernel': [[1]], 'cell/recurrentKernel': [[1]], 'cell/bias': [0] };
    const rows = tf.reshape(drive(looped, tf.ones([60, 3, 1]), { weights, training: true, seed: 9 }).outputs[0]!, [60, 3]).arraySync() as number[][];
    expect([...new Set(rows.map((row) => row.join(' ')))].sort()).toEqual(['0 0 0', '2 4 6']);
  });

  test('has the gradients that finite differences have', () => {
    expectGradients(rnn({ cell: [lstmCell({ units: 2 }), gruCell({ units: 1 })], returnSequences: true }), [data()], { masks: [mask()] });
  });
});

test('rnn takes cells alone', () => {
  expect(() => rnn({ cell: dense({ units: 2 }) })).toThrow('cell must be a cell, as in lstmCell({ units: 8 })');
});
