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

/** The same tree with other tensors, by what stands for each. */
export function mapTree<T>(tree: T, to: (tensor: Tensor) => Tensor): T {
  if (tree instanceof tf.Tensor) return to(tree as Tensor) as unknown as T;
  if (Array.isArray(tree)) return tree.map((each: unknown) => mapTree(each, to)) as unknown as T;
  if (typeof tree !== 'object' || tree === null || Object.getPrototypeOf(tree) !== Object.prototype) return tree;
  // By name, so that trees of one form are gone through in one order, whichever way they were made.
  const mapped = new Map(Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, mapTree(each as unknown, to)]));
  return Object.fromEntries(Object.keys(tree).map((key) => [key, mapped.get(key)])) as T;
}

/** All tensors in order, the same one as often as it occurs: two trees of one form give lists that go together. */
export function listTree(tree: unknown, into: Tensor[] = []): Tensor[] {
  mapTree(tree, (tensor) => {
    into.push(tensor);
    return tensor;
  });
  return into;
}
