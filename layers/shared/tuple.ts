import { z } from 'zod';

/** An option with a whole number for each of `count` axes; one number stands for all: `3` → `[3, 3]`. */
export const tuple = (count: number, least = 1) => z.union([
  z.int().min(least).transform((all) => Array<number>(count).fill(all)),
  z.array(z.int().min(least)).refine(({ length }) => length === count, `takes one whole number, or a list of ${count}`),
]);
