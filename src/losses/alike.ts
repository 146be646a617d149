/** Brings targets and predictions to one shape, as Keras does (`squeeze_or_expand_to_same_rank`). */
import { ModelError } from '../core/errors.ts';
import { show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';

/** `x` as float32; targets may come as integers or booleans. */
export const asFloat = (x: Tensor): Tensor => (x.dtype === 'float32' ? x : tf.cast(x, 'float32'));

const column = (x: Tensor): Tensor => tf.reshape(x, [...x.shape, 1]);

/**
 * `yTrue` and `yPred` as float32 in one shape [batch, …, features]. A missing last axis of size 1 is added, to the targets first;
 * one too many is taken off the targets. Unlike Keras, predictions keep theirs: values stay one for each step.
 * @throws ModelError if the shapes differ in any other way, which a broadcast would hide
 */
export function alike(where: string, yTrue: Tensor, yPred: Tensor): [yTrue: Tensor, yPred: Tensor] {
  const p = yPred.rank === 1 ? column(yPred) : yPred;
  let t = asFloat(yTrue);
  if (t.rank === p.rank - 1 && p.shape.at(-1) === 1) t = column(t);
  else if (t.rank === p.rank + 1 && t.shape.at(-1) === 1) t = tf.reshape(t, t.shape.slice(0, -1));
  if (t.rank !== p.rank || t.shape.some((n, axis) => n !== p.shape[axis])) {
    const classes = t.size * p.shape.at(-1)! === p.size;
    throw new ModelError(where, `targets of shape ${show(yTrue.shape)} do not fit predictions of shape ${show(yPred.shape)}; the shapes must be the same${classes ? ': where targets are numbers of classes, make them one-hot' : ''}`);
  }
  return [t, p];
}
