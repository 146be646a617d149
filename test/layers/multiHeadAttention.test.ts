import { beforeAll, describe, expect, test } from 'vitest';
import { attention } from '../../layers/attention.ts';
import { groupQueryAttention } from '../../layers/groupQueryAttention.ts';
import { multiHeadAttention } from '../../layers/multiHeadAttention.ts';
import { input } from '../../src/core/symbolic.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive, planOf, startingWeights } from './drive.ts';
import { expectGradients } from './gradients.ts';

const expectSame = (a: Tensor, b: Tensor) => {
  expect(a.shape).toEqual(b.shape);
  const wanted = b.dataSync();
  a.dataSync().forEach((n, i) => expect(n).toBeCloseTo(wanted[i]!, 5));
};
const bool = (rows: number[][]) => tf.tensor2d(rows, undefined, 'bool');
const scoresToo = { given: { returnAttentionScores: true }, planned: { returnAttentionScores: true } };

describe.each(engines)('on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const query = () => tf.tensor3d([[[1, 0, -1, 2], [0, 2, 1, 1]], [[0.5, -1, 0.3, 0], [2, 1, 0, -1]]]);
  const value = () => tf.tensor3d([[[1, 1, 0, 0], [2, 0, 1, -1], [0.2, 0.1, 2, 1]], [[-1, 1, 0.4, 2], [0, 0, 1, 1], [1, -2, 0, 0.5]]]);
  const eye = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];
  const heads = (x: number[][]) => x.map((row) => [row.slice(0, 2), row.slice(2)]);
  // Two heads, each of which sees two of the four features as they are.
  const seeing = {
    queryKernel: heads(eye), keyKernel: heads(eye), valueKernel: heads(eye), outputKernel: [eye.slice(0, 2), eye.slice(2)],
    queryBias: [[0, 0], [0, 0]], keyBias: [[0, 0], [0, 0]], valueBias: [[0, 0], [0, 0]], outputBias: [0, 0, 0, 0],
  };
  const layer = (options = {}) => multiHeadAttention({ numHeads: 2, keyDim: 2, ...options });

  /** The same by attention over each half of the features, scores divided by √2. */
  const byHalves = (q: Tensor, v: Tensor, setting = {}, masks: (Tensor | undefined)[] = []) => {
    const halves = tf.split(q, 2, 2).map((half, i) => {
      const values = tf.split(v, 2, 2)[i]!;
      return drive(attention({ useScale: true }), [{ tensor: half, mask: undefined }, { tensor: values, mask: masks[1] }], { weights: { scale: Math.SQRT1_2 }, ...setting });
    });
    return { output: tf.concat(halves.map(({ outputs }) => outputs[0]!), 2), scores: halves[0]!.outputs[1] && tf.stack(halves.map(({ outputs }) => outputs[1]!), 1) };
  };

  describe('multiHeadAttention', () => {
    test('attends with each head by itself', () => {
      const { outputs, plan } = drive(layer(), [query(), value()], { weights: seeing, ...scoresToo });
      const { output, scores } = byHalves(query(), value(), scoresToo);
      expectSame(outputs[0]!, output);
      expectSame(outputs[1]!, scores!);
      expect(plan.outputs.map(({ shape }) => shape)).toEqual([[2, 4], [2, 2, 3]]);
    });

    test('adds biases', () => {
      const biased = { ...seeing, queryBias: [[1, 2], [3, 4]], valueBias: [[1, 1], [2, 2]], outputBias: [10, 10, 10, 10] };
      const { outputs } = drive(layer(), [query(), value()], { weights: biased });
      // A bias on the values comes out as it is, since shares sum to 1.
      expectSame(outputs[0]!, tf.add(byHalves(tf.add(query(), [1, 2, 3, 4]), value()).output, [11, 11, 12, 12]));
    });

    test('sees no later place with useCausalMask, and what the attention mask shows', () => {
      const given = { useCausalMask: true };
      expectSame(drive(layer(), [value(), value()], { weights: seeing, given }).outputs[0]!, byHalves(value(), value(), { given }).output);
      const attentionMask = [tf.tensor3d([[[1, 0, 0], [1, 1, 0], [1, 1, 1]]], undefined, 'bool')];
      expectSame(drive(layer(), [value(), value()], { weights: seeing, given: { attentionMask } }).outputs[0]!, byHalves(value(), value(), { given }).output);
    });

    test('sees no further than the sliding window', () => {
      expectSame(drive(layer({ slidingWindow: 1 }), [value(), value()], { weights: seeing }).outputs[0]!, value());
    });

    test('leaves out masked values, and hands the mask of the queries on', () => {
      const [seen, counted] = [bool([[1, 1], [1, 1]]), bool([[1, 0, 1], [0, 1, 1]])];
      const { outputs, masks } = drive(layer(), [{ tensor: query(), mask: seen }, { tensor: value(), mask: counted }], { weights: seeing });
      expectSame(outputs[0]!, byHalves(query(), value(), {}, [seen, counted]).output);
      expect(masks[0]).toBe(seen);
    });

    test('attends along one axis of several, or all', () => {
      const x = tf.reshape(tf.concat([value(), value()], 0), [2, 2, 3, 4]);
      const along = drive(layer({ attentionAxes: 2 }), [x, x], { weights: seeing }).outputs[0]!;
      const rows = tf.reshape(x, [4, 3, 4]);
      expectSame(tf.reshape(along, [4, 3, 4]), drive(layer(), [rows, rows], { weights: seeing }).outputs[0]!);
      const all = drive(layer(), [x, x], { weights: seeing, ...scoresToo });
      const long = tf.reshape(x, [2, 6, 4]);
      expectSame(tf.reshape(all.outputs[0]!, [2, 6, 4]), drive(layer(), [long, long], { weights: seeing }).outputs[0]!);
      expect(all.outputs[1]!.shape).toEqual([2, 2, 2, 3, 2, 3]);
    });

    test('starts its kernels as if they were matrices', () => {
      const wide = multiHeadAttention({ numHeads: 8, keyDim: 16 });
      const weights = startingWeights(wide, planOf(wide, [1, 2].map(() => ({ tensor: tf.zeros([1, 2, 64]) })), {}));
      const limit = Math.sqrt(6 / (64 + 128));
      for (const [, , kernel] of weights.filter(([name]) => name.endsWith('Kernel'))) {
        const most = Math.max(...kernel.dataSync().map(Math.abs));
        expect(most).toBeLessThanOrEqual(limit);
        expect(most).toBeGreaterThan(0.99 * limit);
      }
    });

    test('has the gradients that finite differences have', () => {
      const masks = [bool([[1, 1], [1, 0]]), bool([[1, 0, 1], [0, 1, 1]])];
      expectGradients(layer({ valueDim: 3, outputShape: 2 }), [query(), value()], scoresToo);
      expectGradients(layer({ useGate: true, useBias: false }), [query(), value()], { masks, given: { useCausalMask: true } });
    });
  });

  describe('groupQueryAttention', () => {
    test('is multi-head attention with keys and values repeated', () => {
      const grouped = groupQueryAttention({ headDim: 2, numQueryHeads: 4, numKeyValueHeads: 2 });
      const weights = Object.fromEntries(startingWeights(grouped, planOf(grouped, [{ tensor: query() }, { tensor: value() }], {})).map(([name, , each]) => [name, each]));
      const twice = (x: Tensor) => tf.reshape(tf.tile(tf.expandDims(x, -2), [...x.shape.slice(0, -1).fill(1), 2, 1]), [...x.shape.slice(0, -2), 2 * x.shape.at(-2)!, x.shape.at(-1)!]);
      const repeated = { ...weights, ...Object.fromEntries(['keyKernel', 'keyBias', 'valueKernel', 'valueBias'].map((name) => [name, twice(weights[name]!)])) };
      const wanted = drive(multiHeadAttention({ numHeads: 4, keyDim: 2 }), [query(), value()], { weights: repeated, ...scoresToo }).outputs;
      drive(grouped, [query(), value()], { weights, ...scoresToo }).outputs.forEach((each, i) => expectSame(each, wanted[i]!));
    });

    test('has the gradients that finite differences have', () => {
      expectGradients(groupQueryAttention({ headDim: 2, numQueryHeads: 2, numKeyValueHeads: 1 }), [query(), value()], { masks: [undefined, bool([[1, 0, 1], [0, 1, 1]])] });
    });
  });
});

test('attention with heads says what it cannot do', () => {
  const x = input({ shape: [4, 3] });
  const layer = multiHeadAttention({ numHeads: 2, keyDim: 2 });
  expect(() => layer(x)).toThrow('takes [query, value] or [query, value, key], as in layer([x, x]), got 1 tensor');
  expect(() => layer([x, x, input({ shape: [5, 3] })])).toThrow('takes a key for each value, but values are [4, 3] and keys [5, 3]');
  expect(() => groupQueryAttention({ headDim: 2, numQueryHeads: 3, numKeyValueHeads: 2 })([x, x])).toThrow('cannot share 2 heads of keys evenly among 3 of queries');
});
