/** Axes that a layer works along, counted as Keras does: with the batch axis as 0, or negative, from the end. */
import { z } from 'zod';
import type { Shape } from '../../src/core/shape.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { axisOf } from './axis.ts';

/** One axis or several, in ascending order. */
export const axesOption = z.union([z.int().transform((one) => [one]), z.array(z.int()).min(1).transform((all) => all.toSorted((a, b) => a - b))]);

/** @throws ModelError for an axis that an example has not, and for the batch axis */
export function checkAxes(where: string, axes: readonly number[], input: Shape): void {
  for (const axis of axes) axisOf(where, axis, input);
}

/** Sizes of an example along these axes. */
export const sizesAlong = (axes: readonly number[], input: Shape): (number | null)[] => axes.map((axis) => (axis > 0 ? input[axis - 1]! : input.at(axis)!));

/** Lays a weight that has just these axes along those of `x`. */
export function along(x: Tensor, axes: readonly number[], weight: Tensor): Tensor {
  const places = axes.map((axis) => (axis + x.rank) % x.rank);
  if (places.every((place, i) => place === x.rank - places.length + i)) return weight;
  return tf.reshape(weight, x.shape.map((n, i) => (places.includes(i) ? n : 1)));
}
