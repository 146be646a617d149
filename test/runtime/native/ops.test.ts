import { beforeAll, describe, expect, test } from 'vitest';
import { tf } from '../../../src/core/tensor.ts';
import { setBackend } from '../../../src/runtime/choose.ts';
import { runOp, runOps } from '../../../src/runtime/native/ops.ts';
import { hasNative } from '../../engines.ts';

const float = { T: { type: 'float32' } } as const;

describe.runIf(hasNative)('TensorFlow\'s own ops', () => {
  beforeAll(() => setBackend('native'));

  test('an op with one output', () => {
    expect(runOp('BiasAdd', [tf.tensor2d([[1, 2], [3, 4]]), tf.tensor1d([10, 20])], { ...float, data_format: { string: 'NHWC' } }).arraySync()).toEqual([[11, 22], [13, 24]]);
  });

  test('an op with two: the loss of each row, and its gradient', () => {
    const [loss, gradient] = runOps('SparseSoftmaxCrossEntropyWithLogits', [tf.zeros([1, 4]), tf.tensor1d([2], 'int32')], { ...float, Tlabels: { type: 'int32' } }, 2);
    expect(loss!.dataSync()[0]).toBeCloseTo(Math.log(4), 6);
    expect(gradient!.arraySync()).toEqual([[0.25, 0.25, -0.75, 0.25]]);
  });

  test('attributes of every kind', () => {
    const x = tf.tensor1d([-2, 4]);
    expect([...runOp('LeakyRelu', [x], { ...float, alpha: { float: 0.5 } }).dataSync()]).toEqual([-1, 4]);
    expect(runOp('EnsureShape', [x], { ...float, shape: { shape: [2] } }).shape).toEqual([2]);
    expect(runOp('Squeeze', [tf.zeros([1, 3, 1])], { ...float, squeeze_dims: { ints: [2] } }).shape).toEqual([1, 3]);
    expect(runOp('MatMul', [tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 4]])], { ...float, transpose_a: { bool: false }, transpose_b: { bool: true } }).arraySync()).toEqual([[11]]);
    expect(runOp('ConcatV2', [x, x, tf.scalar(0, 'int32')], { ...float, Tidx: { type: 'int32' }, N: { int: 2 } }).shape).toEqual([4]);
  });

  test('what TensorFlow refuses is an error with its words', () => {
    expect(() => runOp('NoSuchOp', [])).toThrow(/NoSuchOp/);
    expect(() => runOp('MatMul', [tf.ones([2, 3]), tf.ones([2, 3])], float)).toThrow(/Matrix size-incompatible/);
  });

  test('an output belongs to the scope that it was made in', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => void runOp('Relu', [tf.ones([2])], float));
    expect(tf.memory().numTensors).toBe(before);
  });
});
