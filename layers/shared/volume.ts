/**
 * What windows with `same` padding see of an axis of a volume. Where a stride is longer than its window, the last cells of an axis may lie beyond every window; tfjs
 * (`computeConv3DInfo`, 4.22) then pads by less than nothing, which moves the windows. Without those cells there is nothing to pad.
 */
import { tf, type Tensor5D } from '../../src/core/tensor.ts';

type Shape = Tensor5D['shape'];

/** Up to where windows of these sizes see a volume of a shape `[batch, depth, height, width, channels]`. */
const seenOf = (shape: readonly number[], size: readonly number[], strides: readonly number[]) =>
  shape.map((length, axis) => {
    const stride = strides[axis - 1];
    return stride === undefined || axis === 4 ? length : Math.min(length, (Math.ceil(length / stride) - 1) * stride + size[axis - 1]!);
  }) as Shape;

const same = (a: readonly number[], b: readonly number[]) => a.every((length, axis) => length === b[axis]);

/** The part of a volume that windows see. */
export function seen(x: Tensor5D, size: readonly number[], strides: readonly number[]): Tensor5D {
  const shape = seenOf(x.shape, size, strides);
  return same(shape, x.shape) ? x : tf.slice(x, [0, 0, 0, 0, 0], shape);
}

/** Makes a volume of which windows see a part: of the part, with zeros around. */
export function throughSeen(shape: readonly number[], size: readonly number[], strides: readonly number[], make: (seen: Shape) => Tensor5D): Tensor5D {
  const part = seenOf(shape, size, strides);
  const y = make(part);
  return same(part, shape) ? y : tf.pad(y, shape.map((length, axis) => [0, length - part[axis]!]) as [number, number][]);
}
