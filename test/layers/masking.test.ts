import { beforeAll, describe, expect, test } from 'vitest';
import { masking } from '../../layers/masking.ts';
import { tf } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';

describe.each(engines)('masking on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  const x = () => tf.tensor3d([[[0, 0], [0, 3]], [[-1, -1], [-1, 0]]]);

  test('masks steps that hold nothing but the value, and zeroes them', () => {
    const { outputs, masks } = drive(masking({ maskValue: -1 }), x());
    expect(outputs[0]!.arraySync()).toEqual([[[0, 0], [0, 3]], [[0, 0], [-1, 0]]]);
    expect(masks[0]!.arraySync()).toEqual([[1, 1], [0, 1]]);
  });

  test('masks steps of zeros if nothing else is said', () => {
    expect(drive(masking(), x()).masks[0]!.arraySync()).toEqual([[0, 1], [1, 1]]);
  });

  test('lets gradients through where it does not mask', () => {
    const gradient = tf.grad((data) => tf.sum(drive(masking({ maskValue: -1 }), data).outputs[0]!))(x());
    expect(gradient.arraySync()).toEqual([[[1, 1], [1, 1]], [[0, 0], [1, 1]]]);
  });
});
