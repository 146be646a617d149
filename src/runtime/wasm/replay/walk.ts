/** Walks over the same elements along different axes. */

/** Elements between two neighbours of each axis, from the last axis on, and of all together. */
const cuts = (sizes: readonly number[]): number[] => sizes.toReversed().reduce<number[]>((all, size) => [...all, all.at(-1)! * size], [1]);

/** The coarsest axes that two ways to walk over as many elements can both be split into, if there are any. */
export function commonAxes(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const all = [...new Set([...cuts(a), ...cuts(b)])].sort((x, y) => x - y);
  if (cuts(a).at(-1) !== cuts(b).at(-1) || all.some((cut, i) => i > 0 && cut % all[i - 1]! !== 0)) return undefined;
  const sizes = all.slice(1).map((cut, i) => cut / all[i]!).reverse();
  return sizes.length > 0 ? sizes : [1];
}

/** The strides of an operand along the axes that its own are split into. */
export function splitStrides(sizes: readonly number[], strides: readonly number[], into: readonly number[]): readonly number[] {
  const result: number[] = [];
  let axis = sizes.length - 1;
  let within = 1;
  for (const size of into.toReversed()) {
    while (axis > 0 && within === sizes[axis]) {
      axis--;
      within = 1;
    }
    result.unshift(strides[axis]! * within);
    within *= size;
  }
  return result;
}
