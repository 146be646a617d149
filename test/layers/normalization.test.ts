import { beforeAll, describe, expect, test } from 'vitest';
import { groupNormalization } from '../../layers/groupNormalization.ts';
import { layerNormalization } from '../../layers/layerNormalization.ts';
import { rmsNormalization } from '../../layers/rmsNormalization.ts';
import { unitNormalization } from '../../layers/unitNormalization.ts';
import { input } from '../../src/core/symbolic.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';
import { expectGradients } from './gradients.ts';

const expectNumbers = (t: Tensor, wanted: readonly number[]) => {
  expect(t.size).toBe(wanted.length);
  [...t.dataSync()].forEach((n, i) => expect(n).toBeCloseTo(wanted[i]!, 4));
};

describe.each(engines)('on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const data = () => tf.tensor3d([[[0.5, -1, 0.2, 1], [2, 0.1, -0.3, 0.4]], [[-0.4, 1, 0.8, -0.9], [0.2, 0.9, 1.5, -0.2]]]);

  describe('layerNormalization', () => {
    // 1, 2, 3, 6: mean 3, variance (4 + 1 + 0 + 9) / 4 = 3.5
    test('takes mean and deviation of each example', () => {
      const { outputs } = drive(layerNormalization({ epsilon: 0.5 }), tf.tensor2d([[1, 2, 3, 6], [5, 5, 5, 5]]), { weights: { gamma: [1, 2, 3, 4], beta: [0, 0, 1, 1] } });
      expectNumbers(outputs[0]!, [-1, -1, 1, 7, 0, 0, 1, 1]);
    });

    test('takes them along several axes, with weights of those sizes', () => {
      const layer = layerNormalization({ axis: [1, 2], epsilon: 0.5, center: false });
      const { outputs, plan } = drive(layer, tf.tensor3d([[[1, 2], [3, 6]]]));
      expect(plan.weights).toMatchObject({ gamma: { shape: [2, 2] } });
      expect(plan.weights.beta).toBeUndefined();
      expectNumbers(outputs[0]!, [-1, -0.5, 0, 1.5]);
    });

    test('has the gradients that finite differences have', () => {
      expectGradients(layerNormalization(), [data()]);
      expectGradients(layerNormalization({ axis: 1 }), [data()]);
    });
  });

  describe('groupNormalization', () => {
    // Two groups of two channels over two places: 1 3 1 3 → ±1, and 0 10 10 0 → ±1
    test('takes mean and deviation of each group of channels', () => {
      const x = tf.tensor3d([[[1, 3, 0, 10], [1, 3, 10, 0]]]);
      const { outputs } = drive(groupNormalization({ groups: 2, epsilon: 1e-9 }), x, { weights: { gamma: [1, 1, 2, 3], beta: [0, 1, 0, 0] } });
      expectNumbers(outputs[0]!, [-1, 2, -2, 3, -1, 2, 2, -3]);
    });

    test('takes each channel for itself with groups: -1, wherever the channels are', () => {
      const x = tf.tensor3d([[[1, 3], [10, 20]]]);
      const { outputs } = drive(groupNormalization({ groups: -1, axis: 1, epsilon: 1e-9, scale: false, center: false }), x);
      expectNumbers(outputs[0]!, [-1, 1, -1, 1]);
    });

    test('has the gradients that finite differences have', () => expectGradients(groupNormalization({ groups: 2 }), [data()]));
  });

  test('rmsNormalization divides by the root mean square', () => {
    const { outputs } = drive(rmsNormalization({ epsilon: 1e-12 }), tf.tensor2d([[1, -1, 7, 7]]), { weights: { scale: [1, 1, 1, 2] } });
    expectNumbers(outputs[0]!, [0.2, -0.2, 1.4, 2.8]);
    expectGradients(rmsNormalization(), [data()]);
  });

  test('unitNormalization divides by the length, and leaves zeros and their gradient finite', () => {
    const x = tf.tensor2d([[3, 4], [0, 0]]);
    expectNumbers(drive(unitNormalization(), x).outputs[0]!, [0.6, 0.8, 0, 0]);
    const gradient = tf.grad((each) => tf.sum(drive(unitNormalization(), each).outputs[0]!))(x).dataSync();
    expect(gradient.every(Number.isFinite)).toBe(true);
    expectGradients(unitNormalization({ axis: [1, 2] }), [data()]);
  });
});

test('normalizing layers say what they cannot do', () => {
  expect(() => groupNormalization({ groups: 3 })(input({ shape: [4] }))).toThrow('cannot divide 4 channels into 3 groups of one size; take a number of groups that divides 4');
  expect(() => layerNormalization({ axis: 0 })(input({ shape: [4] }))).toThrow('has no axis 0 to work along, since one example is [4]');
  expect(() => layerNormalization()(input({ shape: [4, null] }))).toThrow('needs to know the number of features');
});
