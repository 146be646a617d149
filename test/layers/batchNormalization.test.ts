import { beforeAll, describe, expect, test } from 'vitest';
import { batchNormalization } from '../../layers/batchNormalization.ts';
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

describe.each(engines)('batchNormalization on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const weights = { gamma: [2], beta: [1], movingMean: [10], movingVariance: [4] };
  const layer = (options = {}) => batchNormalization({ momentum: 0.9, epsilon: 1, ...options });
  // Mean 3, biased variance (4 + 4 + 1 + 9) / 4 … of four numbers: 1, 5, 2, 4 → (4 + 4 + 1 + 1) / 4 = 2.5
  const x = () => tf.tensor2d([[1], [5], [2], [4]]);

  test('uses and moves the statistics of the batch while training', () => {
    const { outputs, updates } = drive(layer(), x(), { weights, training: true });
    const unit = 2 / Math.sqrt(2.5 + 1);
    expectNumbers(outputs[0]!, [-2, 2, -1, 1].map((n) => n * unit + 1));
    expectNumbers(updates.movingMean!, [0.9 * 10 + 0.1 * 3]);
    expectNumbers(updates.movingVariance!, [0.9 * 4 + 0.1 * 2.5]);
  });

  test.each([['outside of training', false, true], ['while frozen', true, false]] as const)('uses the moving statistics %s', (_, training, trainable) => {
    const still = layer({ trainable });
    const { outputs, updates } = drive(still, x(), { weights, training });
    expectNumbers(outputs[0]!, [1, 5, 2, 4].map((n) => ((n - 10) / Math.sqrt(5)) * 2 + 1));
    expect(updates).toEqual({});
  });

  test('leaves masked steps out of the statistics', () => {
    const sequence = tf.tensor3d([[[1], [100]], [[5], [2]], [[4], [-100]]]);
    const mask = tf.tensor2d([[1, 0], [1, 1], [1, 0]], undefined, 'bool');
    const { outputs, updates, masks } = drive(layer(), { tensor: sequence, mask }, { weights, training: true });
    expectNumbers(updates.movingMean!, [0.9 * 10 + 0.1 * 3]);
    expectNumbers(updates.movingVariance!, [0.9 * 4 + 0.1 * 2.5]);
    expect(outputs[0]!.arraySync()).toMatchObject([[[1 - 4 / Math.sqrt(3.5)], {}], {}, {}].map((row) => (Array.isArray(row) ? [[expect.closeTo(row[0]![0] as number, 4)], expect.anything()] : expect.anything())));
    expect(masks[0]).toBe(mask);
  });

  test('normalizes along any axis', () => {
    const { outputs, plan } = drive(batchNormalization({ axis: 1, center: false, scale: false, epsilon: 1e-12 }), tf.tensor3d([[[1, 3], [5, 9]], [[5, 7], [-1, 7]]]), { training: true });
    expect(Object.keys(plan.weights)).toEqual(['movingMean', 'movingVariance']);
    const [a, b] = [Math.sqrt(5), Math.sqrt(14)];
    expectNumbers(outputs[0]!, [-3 / a, -1 / a, 0, 4 / b, 1 / a, 3 / a, -6 / b, 2 / b]);
  });

  test('has the gradients that finite differences have', () => {
    const data = tf.tensor3d([[[0.5, -1], [2, 0.1], [0.3, 0.7]], [[-0.4, 1], [0.2, 0.9], [1.1, -0.6]]]);
    expectGradients(batchNormalization(), [data], { training: true });
    expectGradients(batchNormalization({ axis: 1 }), [data], { training: true, masks: [tf.tensor2d([[1, 0, 1], [0, 1, 1]], undefined, 'bool')] });
    expectGradients(batchNormalization(), [data]);
  });
});

test('batchNormalization says which axis it cannot take', () => {
  expect(() => batchNormalization({ axis: 3 })(input({ shape: [4, 2] }))).toThrow('has no axis 3 to work along, since one example is [4, 2]; take one of 1, 2, or -1 for the last');
  expect(() => batchNormalization()(input({ shape: [4, null] }))).toThrow('needs to know the number of channels');
});
