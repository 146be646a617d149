/** What batches gave, as one tensor. */
import { ModelError } from '../core/errors.ts';
import { show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';

const same = (a: readonly number[], b: readonly number[]) => a.every((n, axis) => axis === 0 || n === b[axis]);

/**
 * Joins them along the batch axis. Whole numbers that are more for one batch than for another (texts of different length) are filled up with zeros, as within
 * a batch.
 * @throws ModelError where real numbers differ in shape: nothing says what to fill them up with
 */
export function joinBatches(output: string, parts: readonly Tensor[]): Tensor {
  const [first] = parts as readonly [Tensor, ...Tensor[]];
  if (parts.length === 1) return first;
  const other = parts.find(({ shape }) => !same(shape, first.shape));
  if (!other) return tf.concat([...parts], 0);
  if (first.dtype !== 'int32') {
    throw new ModelError('predict', `the output "${output}" is of shape ${show(first.shape)} for one batch and ${show(other.shape)} for another, which do not join; `
      + 'have all examples of one length, as textVectorization({ outputSequenceLength }) does, or give a batchSize that takes all at once');
  }
  const widest = first.shape.map((_, axis) => Math.max(...parts.map(({ shape }) => shape[axis]!)));
  return tf.concat(parts.map((part) => tf.pad(part, part.shape.map((n, axis): [number, number] => [0, axis === 0 ? 0 : widest[axis]! - n]))), 0);
}
