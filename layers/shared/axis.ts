/** Axes as Keras counts them: the batch is 0, and negative ones count from the end. */
import { ModelError } from '../../src/core/errors.ts';
import { show, type Shape } from '../../src/core/shape.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';

/**
 * The axis that is meant, counted from the batch as 0.
 * @throws ModelError if examples of this shape have no such axis; the batch axis is none of theirs
 */
export function axisOf(where: string, axis: number, input: Shape): number {
  const found = axis < 0 ? axis + input.length + 1 : axis;
  if (found > 0 && found <= input.length) return found;
  throw new ModelError(where, `has no axis ${axis} to work along, since one example is ${show(input)}; take one of ${input.map((_, i) => i + 1).join(', ')}, or -1 for the last (0 is the batch)`);
}

/** Applies a function that works along the last axis along another. */
export function along(x: Tensor, axis: number, apply: (x: Tensor) => Tensor): Tensor {
  const chosen = axis < 0 ? axis + x.rank : axis;
  const last = x.rank - 1;
  if (chosen === last) return apply(x);
  const swap = x.shape.map((_, i) => (i === chosen ? last : i === last ? chosen : i));
  return tf.transpose(apply(tf.transpose(x, swap)), swap);
}
