import { z } from 'zod';
import { defineMerge } from '../src/core/defineLayer.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { aligned, anyMask, broadcastShape, overSteps } from './shared/broadcast.ts';

/** Where one input has a step that does not count, the others' value is taken. */
function folded(xs: readonly Tensor[], masks: readonly (Tensor | undefined)[], pick: (a: Tensor, b: Tensor) => Tensor): Tensor {
  let all = xs[0]!;
  let counted = masks[0];
  for (const [i, x] of xs.entries()) {
    if (i === 0) continue;
    const mask = masks[i];
    const next = mask ? tf.where(overSteps(mask, x.rank), x, all) : x;
    all = pick(counted ? tf.where(overSteps(counted, all.rank), all, next) : all, next);
    counted = counted && mask ? tf.logicalOr(counted, mask) : undefined;
  }
  return all;
}

const extreme = <const K extends string>(kind: K, name: string, pick: (a: Tensor, b: Tensor) => Tensor) => defineMerge({
  kind,
  keras: { name },
  options: z.strictObject({}),
  mask: anyMask,
  build: (_, inputs) => ({ output: broadcastShape(kind, inputs) }),
  call: (xs, { masks }) => folded(aligned(xs), masks, pick),
});

/** The largest of its inputs, element by element, laid over each other as NumPy does. */
export const maximum = extreme('maximum', 'Maximum', tf.maximum);
/** The smallest of its inputs, element by element, laid over each other as NumPy does. */
export const minimum = extreme('minimum', 'Minimum', tf.minimum);
