/** Tensors in nested records and lists: the state of a training run. */
import { tf, type Tensor } from '../core/tensor.ts';

export function tensorsIn(tree: unknown, into: Set<Tensor> = new Set()): Set<Tensor> {
  if (tree instanceof tf.Tensor) into.add(tree);
  else if (Array.isArray(tree) || (typeof tree === 'object' && tree !== null && Object.getPrototypeOf(tree) === Object.prototype)) {
    for (const each of Object.values(tree)) tensorsIn(each, into);
  }
  return into;
}

/** Disposes of the tensors of `old` that are not in `next`. */
export function disposeReplaced(old: unknown, next: unknown): void {
  const kept = tensorsIn(next);
  for (const tensor of tensorsIn(old)) if (!kept.has(tensor)) tensor.dispose();
}
