/** One tensor, a list or a record of them: what goes into a model and what comes out of it. */

/** How a model's inputs or outputs were given, and so how data for them is. */
export type Structure = { readonly kind: 'single' } | { readonly kind: 'list' } | { readonly kind: 'record'; readonly keys: readonly string[] };

export type Structured<T> = T | readonly T[] | Readonly<Record<string, T>>;

/** Flattens; records go by their sorted keys, as in Keras. */
export function flatten<T>(given: Structured<T>, isOne: (value: unknown) => value is T): { readonly items: readonly T[]; readonly structure: Structure } {
  if (isOne(given)) return { items: [given], structure: { kind: 'single' } };
  if (Array.isArray(given)) return { items: given as readonly T[], structure: { kind: 'list' } };
  const record = given as Readonly<Record<string, T>>;
  const keys = Object.keys(record).sort();
  return { items: keys.map((key) => record[key]!), structure: { kind: 'record', keys } };
}

/** The inverse of `flatten`. */
export function restore<T>(items: readonly T[], structure: Structure): T | T[] | Record<string, T> {
  if (structure.kind === 'single') return items[0]!;
  return structure.kind === 'list' ? [...items] : Object.fromEntries(structure.keys.map((key, i) => [key, items[i]!]));
}
