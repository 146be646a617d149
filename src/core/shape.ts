import { z } from 'zod';

/**
 * Sizes of one example: the batch axis is never part of it, `null` is an axis whose size may vary (time, say).
 * The brand keeps `tensor.shape`, which has a batch axis, from being taken for one.
 */
export const shape = z.array(z.int().positive().nullable()).readonly().brand<'example shape'>();
export type Shape = z.output<typeof shape>;

/** Names a list of sizes as the shape of one example. */
export const sized = (...dims: readonly (number | null)[]): Shape => dims as unknown as Shape;

/** How many numbers a tensor of these sizes holds; with an axis that may vary, `null`. */
export const size = (dims: readonly (number | null)[]): number | null =>
  dims.reduce<number | null>((product, n) => (product === null || n === null ? null : product * n), 1);

/** `[28, 28, 1]`, with `?` for an axis that may vary. */
export const show = (dims: readonly (number | null)[]): string => `[${dims.map((n) => n ?? '?').join(', ')}]`;

/** Whether a tensor's sizes fit what was declared: the same number of axes, and the same size where one is given. */
export const fits = (declared: readonly (number | null)[], given: readonly (number | null)[]): boolean =>
  declared.length === given.length && declared.every((n, i) => n === null || given[i] === null || n === given[i]);
