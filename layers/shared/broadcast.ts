/** Merging layers that work element by element lay their inputs over each other as NumPy does. */
import { ModelError } from '../../src/core/errors.ts';
import { show, sized, type Shape } from '../../src/core/shape.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';

/**
 * The shape that examples of these shapes have together: sizes are compared from the last axis on, and 1 gives way to any other.
 * @throws ModelError for fewer than two shapes, or sizes that do not go together
 */
export function broadcastShape(where: string, shapes: readonly Shape[]): Shape {
  if (shapes.length < 2) throw new ModelError(where, `merges two tensors or more, got ${shapes.length}; call it on a list, as in ${where}()([a, b])`);
  const rank = Math.max(...shapes.map(({ length }) => length));
  return sized(...Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length]).filter((n) => n !== undefined && n !== 1);
    const known = new Set(sizes.filter((n) => n !== null));
    if (known.size > 1) throw new ModelError(where, `needs inputs of one shape (or of size 1 where they differ), got ${shapes.map(show).join(' and ')}; bring them to one with dense(), conv2d() or reshape()`);
    return sizes.includes(null) ? null : ([...known][0] ?? 1);
  }));
}

/** Gives examples of fewer axes axes of size 1 in front, behind the batch. */
export function aligned(xs: readonly Tensor[]): readonly Tensor[] {
  const rank = Math.max(...xs.map((x) => x.rank));
  return xs.map((x) => (x.rank === rank ? x : tf.reshape(x, [x.shape[0]!, ...Array<number>(rank - x.rank).fill(1), ...x.shape.slice(1)])));
}

/** A step counts where it counts in one of the inputs; an input without a mask leaves no mask. */
export const anyMask = ({ masks }: { readonly masks: readonly (Tensor | undefined)[] }): Tensor | undefined =>
  masks.reduce((a, b) => (a && b ? tf.logicalOr(a, b) : undefined));

/** A mask of steps, to be laid over tensors of `rank` axes. */
export const overSteps = (mask: Tensor, rank: number): Tensor => tf.reshape(mask, [...mask.shape, ...Array<number>(Math.max(0, rank - mask.rank)).fill(1)]);
