import { beforeAll, describe, expect, test } from 'vitest';
import { dense } from '../../layers/dense.ts';
import { dropout } from '../../layers/dropout.ts';
import { spectralNormalization } from '../../layers/spectralNormalization.ts';
import { tf } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';

describe.each(engines)('spectralNormalization on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  // Singular values of [[3, 0], [0, 1]] are 3 and 1.
  const weights = { 'layer/kernel': [[3, 0], [0, 1]], 'layer/bias': [0, 0], vectorU: [[1, 0]] };
  const layer = (options = {}) => spectralNormalization({ layer: dense({ units: 2 }), ...options });
  const x = () => tf.tensor2d([[1, 1]]);

  test('divides the kernel by its largest singular value while training, and keeps the quotient', () => {
    const { outputs, updates } = drive(layer(), x(), { weights, training: true });
    const wanted = [1, 1 / 3];
    [...outputs[0]!.dataSync()].forEach((n, i) => expect(n).toBeCloseTo(wanted[i]!, 5));
    [...updates['layer/kernel']!.dataSync()].forEach((n, i) => expect(n).toBeCloseTo([1, 0, 0, 1 / 3][i]!, 5));
    expect(updates.vectorU!.arraySync()).toEqual([[1, 0]]);
  });

  test('finds that value by power iteration', () => {
    const { updates } = drive(layer({ powerIterations: 20 }), x(), { weights: { ...weights, vectorU: [[0.1, 1]] }, training: true });
    expect(Math.abs((updates.vectorU!.arraySync() as number[][])[0]![0]!)).toBeCloseTo(1, 4);
    expect((updates['layer/kernel']!.arraySync() as number[][])[0]![0]).toBeCloseTo(1, 4);
  });

  test('leaves the kernel alone outside of training, and one of zeros always', () => {
    const still = drive(layer(), x(), { weights });
    expect(still.outputs[0]!.arraySync()).toEqual([[3, 1]]);
    expect(still.updates).toEqual({});
    const { updates } = drive(layer(), x(), { weights: { ...weights, 'layer/kernel': [[0, 0], [0, 0]] }, training: true });
    expect(updates['layer/kernel']!.arraySync()).toEqual([[0, 0], [0, 0]]);
    expect(updates.vectorU!.arraySync()).toEqual([[1, 0]]);
  });

  test('gives the kernel the gradient of the quotient', () => {
    const gradient = tf.grad((kernel) => tf.sum(drive(layer(), x(), { weights: { ...weights, 'layer/kernel': kernel }, training: true }).outputs[0]!))(tf.tensor2d([[3, 0], [0, 1]]));
    expect(gradient.arraySync()).toEqual([[1, 1], [1, 1]]);
  });

  test('takes a layer that has a kernel', () => {
    expect(() => drive(spectralNormalization({ layer: dropout({ rate: 0.5 }) }), x())).toThrow('takes a layer with a kernel or embeddings, as dense or conv2d, got dropout');
  });
});
