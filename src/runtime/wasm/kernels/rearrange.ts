/** Kernels that put blocks of an array elsewhere, or mirror its margins. */
import { tf } from '../../../core/tensor.ts';
import { bytesOf, copy } from '../copy.ts';
import { address, fresh, heap } from '../heap.ts';
import { kernel, type Kernel, type Result } from '../kernel.ts';
import { contiguous } from '../strides.ts';

const pick = (list: readonly number[], places: readonly number[]) => places.map((place) => list[place]!);
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, n, i) => sum + n * b[i]!, 0);

/** x seen as `split`, its axes in another order, seen as `outShape`. */
function reordered(x: tf.TensorInfo, split: readonly number[], order: readonly number[], outShape: readonly number[]): Result {
  const bytes = bytesOf(x.dtype);
  if (!bytes) return undefined;
  const y = fresh(outShape, x.dtype);
  const sizes = pick(split, order);
  copy(address(x), address(y), bytes, sizes, pick(contiguous(split), order), contiguous(sizes));
  return y;
}

/** Blocks of b × b cells out of the channels, after TensorFlow's DepthToSpace. */
function depthToSpace({ x }: { x: tf.TensorInfo }, { blockSize: b, dataFormat }: tf.DepthToSpaceAttrs): Result {
  if (dataFormat !== 'NHWC') return undefined;
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const depth = channels / (b * b);
  return reordered(x, [batch, height, width, b, b, depth], [0, 1, 3, 2, 4, 5], [batch, height * b, width * b, depth]);
}

/** The same cells mirrored into margins, which `mode` says whether the outermost cell is part of. */
function mirrorPad({ x }: { x: tf.TensorInfo }, { paddings, mode }: tf.MirrorPadAttrs): Result {
  const bytes = bytesOf(x.dtype);
  if (!bytes) return undefined;
  const edge = mode === 'reflect' ? 1 : 0;
  const y = fresh(x.shape.map((size, axis) => paddings[axis]![0] + size + paddings[axis]![1]), x.dtype);
  const from = contiguous(x.shape);
  const to = contiguous(y.shape);
  // Along each axis: the margin before, the cells, the margin behind. Where a piece begins in x, and in y, its size and its direction.
  const pieces = x.shape.map((size, axis) => {
    const [before, after] = paddings[axis]!;
    return [
      { first: before - 1 + edge, place: 0, size: before, direction: -1 },
      { first: 0, place: before, size, direction: 1 },
      { first: size - 1 - edge, place: before + size, size: after, direction: -1 },
    ].filter((piece) => piece.size > 0);
  });
  let blocks = [[]] as (typeof pieces)[number][];
  for (const along of pieces) blocks = blocks.flatMap((block) => along.map((piece) => [...block, piece]));
  for (const block of blocks) {
    const begin = dot(block.map(({ first }) => first), from);
    const place = dot(block.map((piece) => piece.place), to);
    copy(address(x) + bytes * begin, address(y) + bytes * place, bytes, block.map(({ size }) => size), from.map((stride, axis) => stride * block[axis]!.direction), to);
  }
  return y;
}

/** The k largest of each row, which tfjs hands over unsorted or not; ours are always sorted. */
function topK({ x }: { x: tf.TensorInfo }, { k }: tf.TopKAttrs): Result {
  const n = x.shape.at(-1)!;
  if (x.dtype !== 'float32' || k === 0 || n === 0) return undefined;
  const shape = [...x.shape.slice(0, -1), k];
  const values = fresh(shape);
  const places = fresh(shape, 'int32');
  heap.kernels.largest(address(x), address(values), address(places), tf.util.sizeFromShape(shape) / k, n, k);
  return [values, places];
}

export const rearrangeKernels: readonly Kernel[] = [kernel(tf.DepthToSpace, depthToSpace), kernel(tf.MirrorPad, mirrorPad), kernel(tf.TopK, topK)];
