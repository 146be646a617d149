import { beforeAll, describe, expect, test } from 'vitest';
import { dense } from '../../layers/dense.ts';
import { embedding } from '../../layers/embedding.ts';
import { lstm } from '../../layers/lstm.ts';
import { timeDistributed } from '../../layers/timeDistributed.ts';
import { tf } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';
import { expectGradients } from './gradients.ts';

describe.each(engines)('timeDistributed on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  test('applies its layer to every step', () => {
    const weights = { 'layer/kernel': [[1, 10]], 'layer/bias': [0, 5] };
    const mask = tf.tensor2d([[1, 0]], undefined, 'bool');
    const { outputs, masks, plan } = drive(timeDistributed({ layer: dense({ units: 2 }) }), { tensor: tf.tensor3d([[[1], [2]]]), mask }, { weights });
    expect(outputs[0]!.arraySync()).toEqual([[[1, 15], [2, 25]]]);
    expect(plan.outputs[0]!.shape).toEqual([2, 2]);
    expect(masks[0]).toBe(mask);
  });

  test('takes sequences within sequences, and whole numbers', () => {
    const ids = tf.tensor3d([[[1, 0], [0, 1]]], [1, 2, 2], 'int32');
    const { outputs } = drive(timeDistributed({ layer: embedding({ inputDim: 2, outputDim: 1 }) }), ids, { weights: { 'layer/embeddings': [[7], [8]] } });
    expect(outputs[0]!.arraySync()).toEqual([[[[8], [7]], [[7], [8]]]]);
    expect(drive(timeDistributed({ layer: lstm({ units: 3 }) }), tf.ones([2, 4, 5, 1])).outputs[0]!.shape).toEqual([2, 4, 3]);
  });

  test('has the gradients that finite differences have', () => expectGradients(timeDistributed({ layer: dense({ units: 2, activation: 'tanh' }) }), [tf.tensor3d([[[1, 2], [-1, 0.5]]])]));
});
