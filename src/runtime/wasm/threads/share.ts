/**
 * Which kernel calls are shared among threads, and how: a call becomes several of the same kernel, each on some of the rows of its result.
 * Every number of a result is computed by the same operations in the same order as in one call, so results are the same to the last bit.
 */
import type { Kernels } from '../generated/kernels.ts';
import { geometryAt, placeGeometry, workingMemory } from '../geometry.ts';

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
/** Working memory that helpers have; calls that need more are not shared. */
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

/** By examples. Gradients are not cut: what they add up may overlap at the ends of examples, or goes over all examples. */
function convolve([x, filter, y, address, ...rest]: Values): readonly Values[] {
  const whole = geometryAt(address!);
  const { batch, inDepth, inHeight, inWidth, inChannels, outDepth, outHeight, outWidth, outChannels, filterDepth, filterHeight, filterWidth } = whole;
  if (workingMemory(whole) > scratchBytes) return [];
  const inSize = inDepth * inHeight * inWidth * inChannels;
  const outSize = outDepth * outHeight * outWidth * outChannels;
  return stretches(batch, outSize * filterDepth * filterHeight * filterWidth * inChannels, 1).map((part) =>
    [x! + bytes * part.from * inSize, filter!, y! + bytes * part.from * outSize, placeGeometry({ ...whole, batch: part.count }), ...rest]);
}

const cuts: Partial<Record<keyof Kernels, (values: Values) => readonly Values[]>> = { matMul, convolve };

/** The calls that a call comes to; none if it is not worth sharing. */
export const share = (kernel: keyof Kernels, values: Values): readonly Values[] => cuts[kernel]?.(values) ?? [];
