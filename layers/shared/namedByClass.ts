import type { Layer } from '../../src/core/layer.ts';

/** Layers of a list by their names in Keras's files: by class, the second of a class with `_1`. */
export function namedByClass(list: string, layers: readonly Layer[]): Readonly<Record<string, Layer>> {
  const counts = new Map<string, number>();
  return Object.fromEntries(layers.map((layer) => {
    const name = layer.keras?.name ?? layer.kind;
    const n = counts.get(name) ?? 0;
    counts.set(name, n + 1);
    return [`${list}/${name}${n === 0 ? '' : `_${n}`}`, layer];
  }));
}
