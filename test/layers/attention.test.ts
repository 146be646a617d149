import { beforeAll, describe, expect, test } from 'vitest';
import { additiveAttention } from '../../layers/additiveAttention.ts';
import { attention } from '../../layers/attention.ts';
import { input } from '../../src/core/symbolic.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';
import { expectGradients } from './gradients.ts';

const expectNumbers = (t: Tensor, wanted: readonly number[]) => {
  expect(t.size).toBe(wanted.length);
  [...t.dataSync()].forEach((n, i) => expect(n).toBeCloseTo(wanted[i]!, 5));
};
/** Shares of two scores. */
const shares = (a: number, b: number): [number, number] => [1 / (1 + Math.exp(b - a)), 1 / (1 + Math.exp(a - b))];
const scoresToo = { given: { returnAttentionScores: true }, planned: { returnAttentionScores: true } };

describe.each(engines)('on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const query = () => tf.tensor3d([[[1, 0], [0, 2]]]);
  const value = () => tf.tensor3d([[[3], [5]]]);
  const key = () => tf.tensor3d([[[1, 1], [2, 0]]]);
  const mixed = (pairs: readonly (readonly [number, number])[]) => pairs.map(([a, b]) => 3 * a + 5 * b);
  // Scores: 1·1, 1·2; 2·1, 2·0.
  const plain = [shares(1, 2), shares(2, 0)];

  describe('attention', () => {
    test('mixes values by products of queries and keys', () => {
      const { outputs, plan } = drive(attention(), [query(), value(), key()], scoresToo);
      expectNumbers(outputs[0]!, mixed(plain));
      expectNumbers(outputs[1]!, plain.flat());
      expect(plan.outputs.map(({ shape }) => shape)).toEqual([[2, 1], [2, 2]]);
    });

    test('takes the values for keys if there are none', () => {
      // Scores: 1·3, 1·5; twice that.
      expectNumbers(drive(attention(), [tf.tensor3d([[[1], [2]]]), value()]).outputs[0]!, mixed([shares(3, 5), shares(6, 10)]));
    });

    test('scales scores, or sums bent features', () => {
      expectNumbers(drive(attention({ useScale: true }), [query(), value(), key()], { weights: { scale: 0.5 } }).outputs[0]!, mixed([shares(0.5, 1), shares(1, 0)]));
      const t = Math.tanh;
      const concat = drive(attention({ scoreMode: 'concat' }), [query(), value(), key()], { weights: { concatScoreWeight: 2 } });
      expectNumbers(concat.outputs[0]!, mixed([shares(2 * (t(2) + t(1)), 2 * t(3)), shares(2 * (t(1) + t(3)), 2 * (t(2) + t(2)))]));
    });

    test('sees no later place with useCausalMask', () => {
      expectNumbers(drive(attention(), [query(), value(), key()], { given: { useCausalMask: true } }).outputs[0]!, [3, ...mixed([shares(2, 0)])]);
    });

    test('leaves out masked values, zeroes masked queries and hands their mask on', () => {
      const seen = tf.tensor2d([[1, 0]], undefined, 'bool');
      const { outputs, masks } = drive(attention(), [{ tensor: query(), mask: seen }, { tensor: value(), mask: tf.tensor2d([[0, 1]], undefined, 'bool') }, key()]);
      expectNumbers(outputs[0]!, [5, 0]);
      expect(masks[0]).toBe(seen);
    });

    test('drops shares while training', () => {
      const many = (x: Tensor) => tf.tile(x, [400, 1, 1]);
      const { outputs } = drive(attention({ dropout: 0.5 }), [many(query()), many(value()), many(key())], { ...scoresToo, training: true });
      const drawn = tf.reshape(outputs[1]!, [400, 4]).arraySync() as number[][];
      expect(new Set(drawn.map((row) => row[0]!.toFixed(4)))).toEqual(new Set(['0.0000', (2 * plain[0]![0]).toFixed(4)]));
      const kept = drawn.filter((row) => row[0]! > 0).length;
      expect(kept).toBeGreaterThan(150);
      expect(kept).toBeLessThan(250);
    });

    test('has the gradients that finite differences have', () => {
      const mask = tf.tensor2d([[1, 0]], undefined, 'bool');
      expectGradients(attention({ useScale: true }), [query(), value(), key()]);
      expectGradients(attention({ scoreMode: 'concat', useScale: true }), [query(), value(), key()], { masks: [undefined, mask] });
    });
  });

  describe('additiveAttention', () => {
    test('mixes values by weighted sums of bent features', () => {
      const t = Math.tanh;
      const { outputs } = drive(additiveAttention(), [query(), value(), key()], { weights: { scale: [1, -3] } });
      expectNumbers(outputs[0]!, mixed([shares(t(2) - 3 * t(1), t(3)), shares(t(1) - 3 * t(3), t(2) - 3 * t(2))]));
      const plainly = drive(additiveAttention({ useScale: false }), [query(), value(), key()]);
      expectNumbers(plainly.outputs[0]!, mixed([shares(t(2) + t(1), t(3)), shares(t(1) + t(3), t(2) + t(2))]));
    });

    test('has the gradients that finite differences have', () => expectGradients(additiveAttention(), [query(), value(), key()]));
  });
});

test('attention says which inputs it takes', () => {
  const x = input({ shape: [4, 3] });
  expect(() => attention()([x])).toThrow('takes [query, value] or [query, value, key], got 1 tensors');
  expect(() => attention()([x, input({ shape: [5, 2] })])).toThrow('compares queries with keys of the same size, but here they are [4, 3] and [5, 2]');
});
