import { beforeAll, describe, expect, test } from 'vitest';
import { bidirectional } from '../../layers/bidirectional.ts';
import { dense } from '../../layers/dense.ts';
import { gru } from '../../layers/gru.ts';
import { lstm, lstmCell } from '../../layers/lstm.ts';
import { rnn } from '../../layers/rnn.ts';
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

describe.each(engines)('bidirectional on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  // Running sums: 1 3 6 forward, 6 5 3 backward (times two, for the other weights).
  const sums = (options = {}) => simpleRNN({ units: 1, activation: 'linear', useBias: false, ...options });
  const weights = {
    'forwardLayer/kernel': [[1]], 'forwardLayer/recurrentKernel': [[1]],
    'backwardLayer/kernel': [[2]], 'backwardLayer/recurrentKernel': [[1]],
  };
  const x = () => tf.tensor3d([[[1], [2], [3]]]);

  test.each([
    ['concat', [1, 12, 3, 10, 6, 6], [6, 12], [3, 2]],
    ['sum', [13, 13, 12], [18], [3, 1]],
    ['mul', [12, 30, 36], [72], [3, 1]],
    ['ave', [6.5, 6.5, 6], [9], [3, 1]],
  ] as const)('merges by %s', (mergeMode, sequence, last, shape) => {
    const { outputs, plan } = drive(bidirectional({ layer: sums({ returnSequences: true }), mergeMode }), x(), { weights });
    expectNumbers(outputs[0]!, sequence);
    expect(plan.outputs[0]!.shape).toEqual(shape);
    expectNumbers(drive(bidirectional({ layer: sums(), mergeMode }), x(), { weights }).outputs[0]!, last);
  });

  test('hands out both with mergeMode: null, each with the mask', () => {
    const mask = tf.tensor2d([[1, 1, 1]], undefined, 'bool');
    const { outputs, masks, plan } = drive(bidirectional({ layer: sums({ returnSequences: true }), mergeMode: null }), { tensor: x(), mask }, { weights });
    expectNumbers(outputs[0]!, [1, 3, 6]);
    expectNumbers(outputs[1]!, [12, 10, 6]);
    expect(plan.outputs).toHaveLength(2);
    expect(masks).toEqual([mask, mask]);
  });

  test('keeps masked steps at zero in the sequences', () => {
    const mask = tf.tensor2d([[1, 0, 1]], undefined, 'bool');
    const { outputs } = drive(bidirectional({ layer: sums({ returnSequences: true }) }), { tensor: x(), mask }, { weights });
    expectNumbers(outputs[0]!, [1, 8, 0, 0, 4, 6]);
  });

  test('hands out the states of both layers, and takes them', () => {
    const given = { initialState: [tf.tensor2d([[100]]), tf.tensor2d([[1000]])] };
    const { outputs } = drive(bidirectional({ layer: sums({ returnState: true }) }), x(), { weights, given });
    expectNumbers(outputs[0]!, [106, 1012]);
    expectNumbers(outputs[1]!, [106]);
    expectNumbers(outputs[2]!, [1012]);
  });

  test('has weights of its own for each direction, also those of a cell', () => {
    const layer = bidirectional({ layer: rnn({ cell: lstmCell({ units: 2 }) }) });
    const { plan } = drive(layer, x());
    expect(new Set([...plan.inner.keys()]).size).toBe(2);
    const cells = [...layer.held.values()].map((each) => each.held.get('cell'));
    expect(cells[0]).not.toBe(cells[1]);
  });

  test('has the gradients that finite differences have', () => {
    const data = tf.tensor3d([[[0.5, -1], [2, 0.1], [0.3, 0.7]], [[-0.4, 1], [0.2, 0.9], [1.1, -0.6]]]);
    expectGradients(bidirectional({ layer: lstm({ units: 2, returnSequences: true }), backwardLayer: gru({ units: 1, returnSequences: true, goBackwards: true }) }), [data], {
      masks: [tf.tensor2d([[1, 0, 1], [0, 1, 1]], undefined, 'bool')],
    });
  });
});

test('bidirectional says which layers do not go together', () => {
  expect(() => bidirectional({ layer: dense({ units: 2 }) })).toThrow('takes a recurrent layer, as lstm({ units: 8 }), got dense');
  expect(() => bidirectional({ layer: lstm({ units: 2 }), backwardLayer: lstm({ units: 2 }) })).toThrow('must go in opposite directions, but both have goBackwards: false');
  expect(() => bidirectional({ layer: lstm({ units: 2 }), backwardLayer: gru({ units: 2, goBackwards: true, returnSequences: true }) })).toThrow('must have the same returnSequences, got false and true');
});

test('a frozen bidirectional layer freezes both directions', () => {
  const layer = bidirectional({ layer: lstm({ units: 2 }), trainable: false });
  expect([...layer.held.values()].map(({ trainable }) => trainable)).toEqual([false, false]);
});
