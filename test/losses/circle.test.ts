import { beforeAll, describe, expect, it } from 'vitest';
import { reduceLoss } from '../../src/core/loss.ts';
import { tf } from '../../src/core/tensor.ts';
import { circle } from '../../src/losses/index.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';

// Keras 3.15.1 on TensorFlow 2.21: keras.losses.Circle of sin(1.3 batch + 2.1 feature), scaled to length 1.
const labels = [0, 1, 0, 1, 2];
const embeddings = labels.map((_, b) => {
  const row = [0, 1, 2].map((c) => Math.sin(1.3 * b + 2.1 * c));
  return row.map((x) => x / Math.hypot(...row));
});
const near = { rtol: 1e-4, atol: 1e-5 };

describe.each(engines)("circle gives Keras's numbers on %s", (engine) => {
  beforeAll(() => setBackend(engine));

  it('for each row; one without a like has no loss', () => tf.tidy(() => {
    expectClose(circle()(tf.tensor1d(labels), tf.tensor2d(embeddings)).dataSync(), [268.634033203125, 262.52935791015625, 263.48870849609375, 262.52935791015625, 0], near);
  }));

  it('with pairs of an embedding and itself', () => tf.tidy(() => {
    const values = circle({ gamma: 2, removeDiagonal: false })(tf.tensor2d(labels, [5, 1]), tf.tensor2d(embeddings));
    expectClose(values.dataSync(), [7.677614688873291, 7.548050880432129, 7.574001312255859, 7.5480804443359375, 1.3567571640014648], near);
  }));

  it('in the mean over the rows that have a loss, with its gradient', () => tf.tidy(() => {
    const loss = circle({ gamma: 10, margin: 0.25 });
    const mean = (x: tf.Tensor) => reduceLoss(loss(tf.tensor1d(labels), x), loss.reduction);
    expectClose(mean(tf.tensor2d(embeddings)).dataSync(), [35.21030044555664], near);
    expectClose(tf.grad(mean)(tf.tensor2d(embeddings)).dataSync(), [
      -8.499377250671387, 16.153011322021484, -7.810192584991455, 10.836653709411621, 3.93880033493042, -14.813631057739258, 0.20875419676303864, -13.485153198242188,
      13.407098770141602, -14.564467430114746, 3.430000066757202, 11.101221084594727, -0.2494066208600998, 1.0798418521881104, -0.840901255607605,
    ], { rtol: 5e-4, atol: 1e-4 });
  }));

  it('and names labels that are none before training', () => {
    expect(circle().problemWith!({ data: Float32Array.of(-1, 7), shape: [2] }, [null, 3])).toBeUndefined();
    expect(circle().problemWith!({ data: Float32Array.of(1, 0.5), shape: [2] }, [null, 3])).toBe('label 0.5 at row 1 is not a whole number');
  });

  it('and refuses labels that are not one for each embedding', () => {
    expect(() => circle()(tf.zeros([5, 3]), tf.zeros([5, 3]))).toThrow('circle: takes one label for each embedding of [batch, features], got [5, 3] and [5, 3]');
  });
});
