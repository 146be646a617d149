/** Numbers of categories that were found on the host, as the tensor that a layer gives. */
import type { Shape } from '../../src/core/shape.ts';
import { sized } from '../../src/core/shape.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { encodedShape, type OutputMode } from './categories.ts';

/** `int` gives the numbers themselves, `tfIdf` counts that are weighted by category. */
export type HostMode = OutputMode | 'int' | 'tfIdf';

const asCounts = (mode: Exclude<HostMode, 'int'>): OutputMode => (mode === 'tfIdf' ? 'count' : mode);

/** Shape and type of what `categories` gives for one example. */
export function categoriesShape(input: Shape, mode: HostMode, depth: number): { readonly output: Shape; readonly dtype: 'int32' | 'float32' } {
  return mode === 'int' ? { output: input, dtype: 'int32' } : { output: encodedShape(input, asCounts(mode), depth), dtype: 'float32' };
}

interface Found { readonly numbers: Int32Array; readonly shape: readonly number[] }
interface Form { readonly mode: HostMode; readonly depth: number; readonly factors?: ArrayLike<number> | undefined }

/** The numbers as they are, or vectors of `depth` entries; −1 is no category. Made on the host: one-hot vectors of every word of a text would not fit anywhere. */
export function categories({ numbers, shape }: Found, { mode, depth, factors }: Form): Tensor {
  if (mode === 'int') return tf.tensor(numbers, [...shape], 'int32');
  // Along the last axis, or each for itself.
  const width = mode === 'oneHot' ? 1 : shape.at(-1)!;
  const sizes = encodedShape(sized(...shape), asCounts(mode), depth) as readonly number[];
  const out = new Float32Array(sizes.reduce((a, b) => a * b, 1));
  for (let i = 0; i < numbers.length; i++) {
    const category = numbers[i]!;
    if (category < 0) continue;
    const at = Math.floor(i / width) * depth + category;
    if (mode === 'count' || mode === 'tfIdf') out[at]! += factors?.[category] ?? 1;
    else out[at] = 1;
  }
  return tf.tensor(out, [...sizes], 'float32');
}
