/**
 * Which kernel calls are shared among threads, and how: a call becomes several of the same kernel, each on some of the rows of its result.
 * Every number of a result is computed by the same operations in the same order as in one call, so results are the same to the last bit.
 */
import type { Kernels } from '../generated/kernels.ts';
import { constant, heap } from '../heap.ts';

type Values = readonly number[];

/** How many parts a call is cut into at the most: more than there are threads, as one that is late leaves its parts to the others. */
const mostParts = 8;
/** Multiplications that a part is worth: about 10 µs, some ten times what handing it over costs. */
const worth = 100_000;

/** Cuts `rows` into stretches of whole tiles, each worth its while; one stretch = not at all. */
function stretches(rows: number, multiplicationsOfRow: number, tile: number): readonly { readonly from: number; readonly count: number }[] {
  const parts = Math.min(mostParts, Math.floor((rows * multiplicationsOfRow) / worth), Math.ceil(rows / tile));
  if (parts < 2) return [];
  const size = Math.ceil(rows / parts / tile) * tile;
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => ({ from: i * size, count: Math.min(size, rows - i * size) }));
}

const bytes = 4;
/** Working memory of a helper. */
export const scratchBytes = 4 << 20;

function matMul([a, b, c, count, aStep, bStep, m, n, k, transposeA, transposeB, ...rest]: Values): readonly Values[] {
  if (count! > 1) {
    return stretches(count!, m! * n! * k!, 1).map((part) =>
      [a! + bytes * part.from * aStep!, b! + bytes * part.from * bStep!, c! + bytes * part.from * m! * n!, part.count, aStep!, bStep!, m!, n!, k!, transposeA!, transposeB!, ...rest]);
  }
  // A part of a transposed factor is not one stretch of memory; vectors are summed in another order.
  if (transposeA || m === 1 || n === 1) return [];
  return stretches(m!, n! * k!, 16).map((part) =>
    [a! + bytes * part.from * k!, b!, c! + bytes * part.from * n!, 1, aStep!, bStep!, part.count, n!, k!, transposeA!, transposeB!, ...rest]);
}

/** Sizes of a geometry in the heap, as `assembly/geometry.ts` has them. */
const geometryLength = 21;

/** By examples. Its gradients are not cut: what they add up overlaps at the ends of examples, or over all examples. */
function convolve([x, filter, y, geometry, ...rest]: Values): readonly Values[] {
  const sizes = [...new Int32Array(heap.module.HEAPU8.buffer, geometry!, geometryLength)];
  const [batch, inDepth, inHeight, inWidth, inChannels, outDepth, outHeight, outWidth, outChannels, filterDepth, filterHeight, filterWidth] = sizes as [number, number, number, number, number, number, number, number, number, number, number, number];
  const inSize = inDepth * inHeight * inWidth * inChannels;
  const outSize = outDepth * outHeight * outWidth * outChannels;
  const window = filterDepth * filterHeight * filterWidth * inChannels;
  if (bytes * window * outWidth > scratchBytes / 2) return [];
  return stretches(batch, outSize * window, 1).map((part) =>
    [x! + bytes * part.from * inSize, filter!, y! + bytes * part.from * outSize, constant([part.count, ...sizes.slice(1)]), ...rest]);
}

const cuts: Partial<Record<keyof Kernels, (values: Values) => readonly Values[]>> = { matMul, convolve };

/** The calls that a call comes to; none if it is not worth sharing. */
export const share = (kernel: keyof Kernels, values: Values): readonly Values[] => cuts[kernel]?.(values) ?? [];
