import { beforeAll, describe, expect, it } from 'vitest';
import { activations } from '../../src/core/activations.ts';
import { reduceLoss } from '../../src/core/loss.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { binaryCrossentropy, categoricalCrossentropy, sparseCategoricalCrossentropy } from '../../src/losses/index.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';

const near = { rtol: 1e-5, atol: 1e-6 };

describe.each(engines)('cross-entropies on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const numbers = (f: () => Tensor) => tf.tidy(() => [...f().dataSync()]);

  it('are the logarithm of what the target was given', () => {
    expectClose(numbers(() => binaryCrossentropy()(tf.tensor2d([[1], [0]]), tf.tensor2d([[0.8], [0.8]]))), [-Math.log(0.8), -Math.log(0.2)], near);
    const p = tf.tensor2d([[0.7, 0.2, 0.1]]);
    expectClose(numbers(() => categoricalCrossentropy()(tf.tensor2d([[0, 1, 0]]), p)), [-Math.log(0.2)], near);
    expectClose(numbers(() => sparseCategoricalCrossentropy()(tf.tensor1d([1], 'int32'), p)), [-Math.log(0.2)], near);
    p.dispose();
  });

  it('rescale shares that do not sum to 1', () => {
    expectClose(numbers(() => categoricalCrossentropy()(tf.tensor2d([[0, 1, 0]]), tf.tensor2d([[2, 1, 1]]))), [Math.log(4)], near);
    expectClose(numbers(() => sparseCategoricalCrossentropy()(tf.tensor1d([1]), tf.tensor2d([[0.2, 0.1, 0.1]]))), [Math.log(4)], near);
  });

  it('clip probabilities of 0 and 1', () => {
    expectClose(numbers(() => binaryCrossentropy()(tf.tensor2d([[1], [0]]), tf.tensor2d([[0], [0]]))), [7 * Math.LN10, 0], near);
    expectClose(numbers(() => categoricalCrossentropy()(tf.tensor2d([[1, 0]]), tf.tensor2d([[0, 1]]))), [7 * Math.LN10], near);
    expectClose(numbers(() => sparseCategoricalCrossentropy()(tf.tensor1d([0]), tf.tensor2d([[0, 1]]))), [7 * Math.LN10], near);
  });

  it('have no slope where a probability is clipped', () => {
    const p = tf.tensor2d([[0], [0.5]]);
    expectClose(numbers(() => tf.grad((x) => tf.sum(binaryCrossentropy()(tf.tensor2d([[1], [1]]), x)))(p)), [0, -2], near);
  });

  it('take targets as integers, booleans, a column or none', () => {
    const p = tf.tensor2d([[0.8], [0.4]]);
    const want = [-Math.log(0.8), -Math.log(0.6)];
    for (const y of [tf.tensor1d([1, 0]), tf.tensor2d([[1], [0]], [2, 1], 'int32'), tf.tensor1d([true, false], 'bool')]) {
      expectClose(numbers(() => binaryCrossentropy()(y, p)), want, near);
    }
    const q = tf.tensor2d([[0.7, 0.3], [0.1, 0.9]]);
    for (const y of [tf.tensor1d([0, 0]), tf.tensor2d([[0], [0]], [2, 1], 'int32')]) {
      expectClose(numbers(() => sparseCategoricalCrossentropy()(y, q)), [-Math.log(0.7), -Math.log(0.1)], near);
    }
  });

  it('stay exact where a sigmoid or softmax has rounded to 0 or 1', () => {
    const logits = [50, -50];
    const sigmoid = (x: Tensor) => binaryCrossentropy()(tf.tensor2d([[0], [1]]), activations.sigmoid(x));
    const x = tf.tensor2d(logits, [2, 1]);
    expectClose(numbers(() => sigmoid(x)), [50, 50], near);
    expectClose(numbers(() => tf.grad((z) => tf.sum(sigmoid(z)))(x)), [1, -1], near);

    const z = tf.tensor2d([[0, 200, 0]]);
    for (const loss of [
      (given: Tensor) => categoricalCrossentropy()(tf.tensor2d([[1, 0, 0]]), activations.softmax(given)),
      (given: Tensor) => sparseCategoricalCrossentropy()(tf.tensor1d([0], 'int32'), activations.softmax(given)),
    ]) {
      expectClose(numbers(() => loss(z)), [200], near);
      expectClose(numbers(() => tf.grad((given) => tf.sum(loss(given)))(z)), [-1, 1, 0], near);
    }
  });

  it('give the same for logits as for their probabilities, gradients too', () => {
    const z = tf.tensor2d([[0.3, -1.2, 2], [0.1, 0.4, -0.7]]);
    const y = tf.tensor2d([[0, 0, 1], [0.2, 0.5, 0.3]]);
    const pairs = [
      [(x: Tensor) => binaryCrossentropy({ fromLogits: true, labelSmoothing: 0.1 })(y, x), (x: Tensor) => binaryCrossentropy({ labelSmoothing: 0.1 })(y, activations.sigmoid(x)), (x: Tensor) => binaryCrossentropy({ labelSmoothing: 0.1 })(y, tf.sigmoid(x))],
      [(x: Tensor) => categoricalCrossentropy({ fromLogits: true, labelSmoothing: 0.1 })(y, x), (x: Tensor) => categoricalCrossentropy({ labelSmoothing: 0.1 })(y, activations.softmax(x)), (x: Tensor) => categoricalCrossentropy({ labelSmoothing: 0.1 })(y, tf.softmax(x))],
    ] as const;
    for (const [fromLogits, ...others] of pairs) {
      const value = numbers(() => fromLogits(z));
      const gradient = numbers(() => tf.grad((x) => tf.sum(fromLogits(x)))(z));
      for (const other of others) {
        expectClose(numbers(() => other(z)), value, near);
        expectClose(numbers(() => tf.grad((x) => tf.sum(other(x)))(z)), gradient, { rtol: 1e-4, atol: 1e-5 });
      }
    }
  });

  it('smooth labels towards the middle', () => {
    // 0.9 and 0.1 for two outcomes; 0.8 + 0.2/4 and 0.2/4 for four.
    expectClose(numbers(() => binaryCrossentropy({ labelSmoothing: 0.2 })(tf.tensor2d([[1]]), tf.tensor2d([[0.7]]))), [-0.9 * Math.log(0.7) - 0.1 * Math.log(0.3)], near);
    expectClose(
      numbers(() => categoricalCrossentropy({ labelSmoothing: 0.2 })(tf.tensor2d([[1, 0, 0, 0]]), tf.tensor2d([[0.4, 0.3, 0.2, 0.1]]))),
      [-0.85 * Math.log(0.4) - 0.05 * (Math.log(0.3) + Math.log(0.2) + Math.log(0.1))], near,
    );
  });

  it('leave an ignored class out of the mean and out of the gradient', () => {
    const y = tf.tensor1d([1, -1, 0], 'int32');
    const z = tf.tensor2d([[0, 0], [5, 1], [0, 0]]);
    const loss = sparseCategoricalCrossentropy({ fromLogits: true, ignoreClass: -1 });
    expectClose(numbers(() => loss(y, z)), [Math.log(2), 0, Math.log(2)], near);
    expectClose(numbers(() => reduceLoss(loss(y, z), loss.reduction)), [Math.log(2)], near);
    expectClose(numbers(() => tf.grad((x) => reduceLoss(loss(y, x), loss.reduction))(z)), [0.25, -0.25, 0, 0, -0.25, 0.25], near);
  });

  it('count a row without any class for nothing', () => {
    const z = tf.tensor2d([[3, 1]]);
    const loss = (x: Tensor) => categoricalCrossentropy({ fromLogits: true })(tf.zeros([1, 2]), x);
    expectClose(numbers(() => loss(z)), [0], near);
    expectClose(numbers(() => tf.grad((x) => tf.sum(loss(x)))(z)), [0, 0], near);
  });

  it('give one value for each step of a sequence', () => {
    expect(binaryCrossentropy()(tf.zeros([2, 5]), tf.fill([2, 5, 1], 0.5)).shape).toEqual([2, 5]);
    expect(sparseCategoricalCrossentropy()(tf.zeros([2, 5], 'int32'), tf.fill([2, 5, 4], 0.25)).shape).toEqual([2, 5]);
    expect(categoricalCrossentropy({ axis: 1 })(tf.zeros([2, 4, 5]), tf.fill([2, 4, 5], 0.25)).shape).toEqual([2, 5]);
  });

  it('refuse targets whose shape a broadcast would hide', () => {
    expect(() => binaryCrossentropy()(tf.zeros([4, 1]), tf.zeros([4, 3]))).toThrow('targets of shape [4, 1] do not fit predictions of shape [4, 3]');
    expect(() => sparseCategoricalCrossentropy()(tf.zeros([4, 3]), tf.zeros([4, 3]))).toThrow('labels of shape [4, 3] do not fit predictions of shape [4, 3]; expected [4], one label for each row of classes');
  });
});

describe('targets are checked before training', () => {
  const array = (data: number[], shape: number[] = [data.length]) => ({ data: Float32Array.from(data), shape });
  const sparse = sparseCategoricalCrossentropy();

  it('labels', () => {
    expect(sparse.problemWith!(array([0, 9, 3]), [null, 10])).toBeUndefined();
    expect(sparse.problemWith!(array([0, 1, 2, 12]), [null, 10])).toBe('label 12 at row 3, but the model has 10 classes (0–9)');
    expect(sparse.problemWith!(array([0, -1]), [null, 10])).toBe('label -1 at row 1 is negative; labels count the classes from 0');
    expect(sparse.problemWith!(array([0.5]), [null, 10])).toBe('label 0.5 at row 0 is not a whole number; labels count the classes from 0');
    expect(sparse.problemWith!(array([0, 1, 2, 7, 0, 0], [1, 2, 3]), [null, 2, 3, 5])).toBe('label 7 at row 0, place [1, 0], but the model has 5 classes (0–4)');
  });

  it('labels to be ignored are in order', () => {
    expect(sparseCategoricalCrossentropy({ ignoreClass: -1 }).problemWith!(array([0, -1]), [null, 2])).toBeUndefined();
    expect(sparseCategoricalCrossentropy({ ignoreClass: 255 }).problemWith!(array([255, -1]), [null, 2])).toContain('label -1 at row 1');
  });

  it('binary targets', () => {
    expect(binaryCrossentropy().problemWith!(array([0, 1, 0.3]), [null, 1])).toBeUndefined();
    expect(binaryCrossentropy().problemWith!(array([0, 1, 2]), [null, 1])).toBe('target 2 at row 2 is outside 0..1');
  });

  it('one-hot targets', () => {
    const loss = categoricalCrossentropy();
    expect(loss.problemWith!(array([0, 1, 0, 1, 0, 0], [2, 3]), [null, 3])).toBeUndefined();
    expect(loss.problemWith!(array([0, 1], [2]), [null, 1])).toMatch(/^the model gives one class, whose share is 1 whatever it learns/);
    expect(loss.problemWith!(array([0, 1, 0], [1, 3]), [null, 10])).toBe('targets have 3 columns, the model gives 10; for integer labels use sparseCategoricalCrossentropy');
    expect(loss.problemWith!(array([0, 1, 0]), [null, 10])).toBe('targets have 1 column, the model gives 10; for integer labels use sparseCategoricalCrossentropy');
  });
});
