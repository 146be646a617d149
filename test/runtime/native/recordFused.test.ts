/** Operations of TensorFlow's that stand for several in a record: the numbers are those of the several. */
import { beforeAll, describe, expect, it } from 'vitest';
import { activations } from '../../../src/core/activations.ts';
import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { losses } from '../../../src/index.ts';
import { setBackend } from '../../../src/runtime/choose.ts';
import { hasNative } from '../../engines.ts';
import { expectSameRecorded } from '../../helpers/recording.ts';

const wave = (shape: number[], by = 1) => tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(by * i)), shape);

describe.skipIf(!hasNative)('fused operations of native TensorFlow', () => {
  beforeAll(() => setBackend('native'));

  const labels = () => tf.tensor1d([2, 0, 4, 1, 3, 2, 0, 4]);
  const crossEntropies: Record<string, (y: Tensor, logits: Tensor) => Tensor> = {
    'of a softmax': (y, logits) => losses.sparseCategoricalCrossentropy()(y, activations.softmax(logits)),
    'of logits': (y, logits) => losses.sparseCategoricalCrossentropy({ fromLogits: true })(y, logits),
    'that leaves out a class': (y, logits) => losses.sparseCategoricalCrossentropy({ fromLogits: true, ignoreClass: -1 })(tf.sub(y, 1), logits),
    'of rows of one-hot labels': (y, logits) => losses.categoricalCrossentropy({ fromLogits: true })(tf.oneHot(tf.cast(y, 'int32'), 5, 1, 0, 'float32'), logits),
    'of labels smoothed': (y, logits) => losses.categoricalCrossentropy({ fromLogits: true, labelSmoothing: 0.1 })(tf.oneHot(tf.cast(y, 'int32'), 5, 1, 0, 'float32'), logits),
    'with other numbers for yes and no': (y, logits) => {
      const shifted = tf.sub(logits, tf.max(logits, -1, true));
      return tf.sub(tf.log(tf.sum(tf.exp(shifted), -1)), tf.sum(tf.mul(tf.oneHot(tf.cast(y, 'int32'), 5, 2, -1, 'float32'), shifted), -1));
    },
  };
  it.for(Object.entries(crossEntropies))('cross-entropy %s', ([, loss]) => {
    expect(expectSameRecorded([wave([3, 5]), tf.scalar(0)], [wave([8, 3], 2), labels()], ([w, sum], [x, y]) => {
      const { value, grad } = tf.valueAndGrad((weights: Tensor) => tf.mean(tf.mul(loss(y!, tf.matMul(x!, weights as never)), tf.add(y!, 1))))(w!);
      return [tf.sub(w!, grad), tf.add(sum!, value)];
    })).toBeUndefined();
  });

  it('cross-entropy of sequences', () => {
    expect(expectSameRecorded([wave([1, 3, 5]), tf.scalar(0)], [wave([4, 2, 3, 1], 2), tf.tensor2d([[2, 0, 4], [1, 3, 2], [0, 4, 1], [2, 2, 0]])], ([w, sum], [x, y]) => {
      const loss = (weights: Tensor) => tf.mean(losses.sparseCategoricalCrossentropy({ fromLogits: true })(y!, tf.add(weights, tf.mean(x!, 1))));
      const { value, grad } = tf.valueAndGrad(loss)(w!);
      return [tf.sub(w!, grad), tf.add(sum!, value)];
    })).toBeUndefined();
  });

  it.for([[[0, 1, 2]], [[2, 0, 1]], [[-2, 0, 1]], [[0, 1]], [[1, 2, 3]], [[0, 1, 3]]] as [number[]][])('sums of pictures over the axes %j', ([axes]) => {
    const shape = [2, 3, 4, 5].filter((_, axis) => !axes.map((each) => (each + 4) % 4).includes(axis));
    expect(expectSameRecorded([tf.zeros(shape), tf.zeros([1, 1, 1, 5])], [wave([4, 3, 4, 5])], ([sum, kept], [x]) => [
      tf.add(sum!, tf.sum(tf.square(x!), axes)), tf.add(kept!, tf.sum(tf.square(x!), [0, 1, 2], true)),
    ])).toBeUndefined();
  });

  it('sums of pictures of whole numbers', () => {
    expect(expectSameRecorded([tf.zeros([5], 'int32')], [tf.cast(tf.mul(wave([4, 3, 4, 5]), 9), 'int32')], ([sum], [x]) => [tf.add(sum!, tf.sum(x!, [0, 1, 2]))])).toBeUndefined();
  });
});
