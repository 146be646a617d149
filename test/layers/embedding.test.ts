import { beforeAll, describe, expect, test } from 'vitest';
import { embedding } from '../../layers/embedding.ts';
import { tf } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';
import { expectGradients } from './gradients.ts';

describe.each(engines)('embedding on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const weights = { embeddings: [[0, 1], [10, 11], [20, 21]] };

  test('looks up the vector of each index, whole numbers or not by type', () => {
    const wanted = [[[20, 21], [0, 1]], [[10, 11], [10, 11]]];
    for (const type of ['int32', 'float32'] as const) {
      const { outputs, masks } = drive(embedding({ inputDim: 3, outputDim: 2 }), tf.tensor2d([[2, 0], [1, 1]], [2, 2], type), { weights });
      expect(outputs[0]!.arraySync()).toEqual(wanted);
      expect(masks[0]).toBeUndefined();
    }
  });

  test('masks index 0 with maskZero', () => {
    for (const type of ['int32', 'float32'] as const) {
      const { masks } = drive(embedding({ inputDim: 3, outputDim: 2, maskZero: true }), tf.tensor2d([[2, 0], [1, 1]], [2, 2], type), { weights });
      expect(masks[0]!.dtype).toBe('bool');
      expect(masks[0]!.arraySync()).toEqual([[1, 0], [1, 1]]);
    }
  });

  test('adds up the gradients of an index that comes twice', () => {
    const layer = embedding({ inputDim: 3, outputDim: 2 });
    const ids = tf.tensor2d([[2, 0], [1, 1]], [2, 2], 'int32');
    const gradient = tf.grad((embeddings) => tf.sum(drive(layer, ids, { weights: { embeddings } }).outputs[0]!))(tf.tensor2d(weights.embeddings));
    expect(gradient.arraySync()).toEqual([[1, 1], [2, 2], [1, 1]]);
    expectGradients(layer, [ids]);
  });
});
