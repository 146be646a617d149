/** Cropping and padding: how much at the front and the back of each axis of space. */
import { z } from 'zod';

export type Ends = readonly [front: number, back: number];

const whole = z.int().nonnegative();
const pair = z.tuple([whole, whole]);

/** For one axis: `1` at both ends, or `[1, 2]`. */
export const ends = z.union([whole.transform((n): [number, number] => [n, n]), pair]);

/** For several axes: `1` at every end, `[1, 2]` at both ends of the first and of the second, or `[[1, 0], [0, 2]]` for each end. */
export const margins = (axes: number) => z.union([
  whole.transform((n) => Array.from({ length: axes }, (): [number, number] => [n, n])),
  z.array(whole).refine(({ length }) => length === axes, `takes one number, or a list of ${axes}`).transform((list) => list.map((n): [number, number] => [n, n])),
  z.array(pair).refine(({ length }) => length === axes, `takes one number, or a list of ${axes}`),
]);
