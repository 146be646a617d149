import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../src/core/tensor.ts';
import { ctc } from '../../src/losses/index.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';

/** The probability of the labels by trying every path: its steps, repetitions merged and blanks (0) left out, must spell them. */
function byEveryPath(p: readonly (readonly number[])[], labels: readonly number[]): number {
  const from = (step: number, path: readonly number[]): number => {
    if (step < p.length) return p[step]!.reduce((sum, share, symbol) => sum + share * from(step + 1, [...path, symbol]), 0);
    const spelt = path.filter((symbol, i) => symbol !== 0 && symbol !== path[i - 1]);
    return String(spelt) === String(labels) ? 1 : 0;
  };
  return from(0, []);
}

describe.each(engines)('ctc on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  it('adds up the paths that spell the labels', () => {
    const p = [[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.1, 0.7, 0.2]];
    const rows = [[1, 2, 0], [1, 1, 0], [2, 0, 0], [0, 0, 0], [1, 2, 1]];
    const want = rows.map((row) => -Math.log(byEveryPath(p, row.filter((label) => label !== 0))));
    tf.tidy(() => {
      const logits = tf.tile(tf.log(tf.tensor3d([p])), [rows.length, 1, 1]);
      expectClose(ctc()(tf.tensor2d(rows), logits).dataSync(), want, { rtol: 1e-5, atol: 1e-6 });
    });
  });

  it("gives Keras's numbers", () => {
    // Keras 3.15.1 on TensorFlow 2.21: keras.losses.CTC(reduction='none') of sin(1.3 batch + 0.7 step + 2.1 class) · 2, and the gradient of its sum.
    const value = [5.711624622344971, 6.340253829956055, 14.380836486816406, 0.7551071047782898];
    const first = [
      [0.0949883908033371, -0.24942271411418915, 0.02234683930873871, 0.13208745419979095], [0.04267894849181175, -0.009736910462379456, -0.4270082712173462, 0.3940661549568176],
      [0.044389281421899796, 0.032678861171007156, -0.5526938438415527, 0.47562581300735474], [-0.45111706852912903, 0.014162659645080566, -0.01022448018193245, 0.4471786320209503],
      [0.22116945683956146, 0.018184060230851173, -0.4849396049976349, 0.2455860674381256],
    ];
    tf.tidy(() => {
      const labels = tf.tensor2d([[1, 2, 2], [3, 0, 0], [0, 0, 0], [2, 1, 0]], [4, 3], 'int32');
      const logits = tf.tensor(Array.from({ length: 4 }, (_, b) => Array.from({ length: 5 }, (_, t) => Array.from({ length: 4 }, (_, c) => Math.sin(1.3 * b + 0.7 * t + 2.1 * c) * 2))));
      expectClose(ctc()(labels, logits).dataSync(), value, { rtol: 1e-4, atol: 1e-6 });
      const gradient = tf.grad((x) => tf.sum(ctc()(labels, x)))(logits);
      expectClose(gradient.slice([0, 0, 0], [1, 5, 4]).dataSync(), first.flat(), { rtol: 5e-4, atol: 1e-6 });
    });
  });

  it('stays finite for unlikely labels', () => {
    tf.tidy(() => {
      const logits = tf.tensor3d([[[500, 0], [500, 0], [500, 0]]]);
      expectClose(ctc()(tf.tensor2d([[1]]), logits).dataSync(), [500 - Math.log(3)], { rtol: 1e-5, atol: 0 });
      expectClose(tf.grad((x) => tf.sum(ctc()(tf.tensor2d([[1]]), x)))(logits).dataSync(), [1 / 3, -1 / 3, 1 / 3, -1 / 3, 1 / 3, -1 / 3], { rtol: 1e-4, atol: 0 });
    });
  });

  it('refuses other shapes', () => {
    expect(() => ctc()(tf.zeros([2, 3]), tf.zeros([2, 4]))).toThrow('ctc: takes labels [batch, labels] and predictions [batch, steps, classes], got [2, 3] and [2, 4]');
  });
});

describe('labels of ctc are checked before training', () => {
  const problem = (rows: number[][], steps = 4) => ctc().problemWith!({ data: Float32Array.from(rows.flat()), shape: [rows.length, rows[0]!.length] }, [null, steps, 5]);

  it('pass or fail', () => {
    expect(problem([[1, 2, 0], [4, 4, 1]])).toBeUndefined();
    expect(problem([[1, 2, 0], [5, 0, 0]])).toBe('label 5 at row 1, place [0], but the model has 5 classes (0–4)');
    expect(problem([[1, 0, 2]])).toBe('row 0 has a label after a 0; 0 is the blank, which only pads the end');
    expect(problem([[1, 2, 0], [3, 3, 3]])).toBe('row 1 needs 5 steps for its 3 labels, but the model gives 4');
  });
});
