/** Which operations of a graph its results need. */

interface Step { readonly takes: readonly number[]; readonly gives: readonly number[] }

/** Of operations in order, those that `ends` follow from; and all tensors that these take or give. */
export function needed<T>(operations: readonly T[], ends: readonly number[], stepOf: (operation: T) => Step): { readonly kept: readonly T[]; readonly values: ReadonlySet<number> } {
  const values = new Set(ends);
  const kept = [...operations].reverse().filter((operation) => {
    const { takes, gives } = stepOf(operation);
    if (!gives.some((id) => values.has(id))) return false;
    for (const id of [...takes, ...gives]) values.add(id);
    return true;
  });
  return { kept: kept.reverse(), values };
}
