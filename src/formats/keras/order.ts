/** The order of a Functional model's layers that numbers its weight groups: Keras's `map_graph`, from the description alone. */
import { sourcesIn, keyOf, type Call, type Source } from './calls.ts';

/**
 * Names of the layers, inputs and operations, as `model.layers` of Keras has them, from their calls by key: by depth from the outputs, then by when a walk
 * back from the outputs meets them. The order in the file need not be it. What no output needs is left out.
 */
export function kerasOrder(where: string, calls: ReadonlyMap<string, Call>, outputs: readonly Source[]): readonly string[] {
  const met = new Map<string, number>();
  const seen = new Set<string>();
  const nodes: { readonly key: string; readonly layer: string; readonly before: readonly Source[] }[] = [];
  const visit = (source: Source): void => {
    const key = keyOf(source);
    if (seen.has(key)) return;
    seen.add(key);
    const { layer } = source;
    if (!met.has(layer)) met.set(layer, met.size);
    const given = calls.get(key);
    const before = given ? sourcesIn(given, where) : [];
    for (const each of before) visit(each);
    nodes.push({ key, layer, before });
  };
  for (const output of outputs) visit(output);

  const depths = new Map<string, number>();
  const layerDepths = new Map<string, number>();
  for (const { key, layer, before } of nodes.toReversed()) {
    const depth = Math.max(depths.get(key) ?? 0, layerDepths.get(layer) ?? 0);
    depths.set(key, depth);
    layerDepths.set(layer, depth);
    for (const parent of before) depths.set(keyOf(parent), Math.max(depths.get(keyOf(parent)) ?? 0, depth + 1));
  }
  return [...layerDepths.keys()].sort((a, b) => layerDepths.get(b)! - layerDepths.get(a)! || met.get(a)! - met.get(b)!);
}
