/** Calls of layers as a Functional model's description has them. */
import { ModelError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/keras.ts';
import { isSymbolic } from '../../core/symbolic.ts';
import { check, isObject } from './json.ts';
import { isKerasObject, kerasHistory, type KerasObject, type LayerEntry } from './schema.ts';

/** Output `index` of a layer's call of this number. */
export interface Source { readonly layer: string; readonly call: number; readonly index: number }
export interface Call { readonly args: readonly unknown[]; readonly kwargs: JsonObject }

export const keyOf = ({ layer, call }: Source): string => `${layer}/${call}`;

const isTensor = (value: unknown): value is KerasObject => isKerasObject(value) && value.class_name === '__keras_tensor__';

/** Where a tensor among the arguments comes from; `undefined` for any other value. */
export function sourceOf(value: unknown, where: string): Source | undefined {
  if (!isTensor(value)) return undefined;
  const [layer, call, index] = check(where, 'a tensor', kerasHistory, value.config?.keras_history);
  return { layer, call, index };
}

/** Data in the order in which Keras flattens it: lists in theirs, records by their sorted keys. Descriptions and tensors are values. */
export function flat(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(flat);
  if (isObject(value) && !isKerasObject(value) && !isSymbolic(value)) return Object.keys(value).sort().flatMap((key) => flat(value[key]));
  return [value];
}

/** The tensors of a call, in Keras's order. */
export const sourcesIn = ({ args, kwargs }: Call, where: string): readonly Source[] =>
  flat([args, kwargs]).flatMap((value) => sourceOf(value, where) ?? []);

export const tensorAt = (place: unknown): JsonObject => {
  const [layer, call, index] = place as readonly [string, number, number];
  return { class_name: '__keras_tensor__', config: { keras_history: [layer, call, index] } };
};

/** Keras 2 writes tensors among the named arguments as bare places. */
export const withTensors = (value: unknown): unknown => {
  if (kerasHistory.safeParse(value).success) return tensorAt(value);
  return Array.isArray(value) ? value.map(withTensors) : value;
};

/** A call as Keras 2 and tf.layers write it: `[[layer, call, index, named arguments], …]`. */
function oldCall(where: string, node: readonly unknown[]): Call {
  const places = node.map((place) => {
    check(where, 'a call', kerasHistory, place);
    return tensorAt(place);
  });
  if (places.length === 0) throw new ModelError(where, 'has a call without an input');
  const named = (node[0] as readonly unknown[])[3];
  const kwargs = isObject(named) ? Object.fromEntries(Object.entries(named).map(([key, value]) => [key, withTensors(value)])) as JsonObject : {};
  return { args: [places.length === 1 ? places[0] : places], kwargs };
}

/** The calls of one layer. */
export function callsOf({ inbound_nodes: nodes }: LayerEntry, where: string): readonly Call[] {
  return nodes.map((node) => {
    if (isObject(node) && Array.isArray(node.args) && isObject(node.kwargs)) return { args: node.args, kwargs: node.kwargs };
    if (Array.isArray(node)) return oldCall(where, node);
    throw new ModelError(where, 'a call of the layer is not as Keras writes it: it has no args and kwargs');
  });
}

/** Whether calls are written as Keras 2 writes them. */
export const isOldStyle = (entries: readonly LayerEntry[]): boolean => entries.some(({ inbound_nodes: nodes }) => Array.isArray(nodes[0]));
