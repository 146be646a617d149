/** Weights in the layout of older Keras: a group for each layer by its name, with a list of its weights' names. */
import { ModelError } from '../core/errors.ts';
import type { Layer } from '../core/layer.ts';
import type { Model } from '../model/model.ts';
import { variablesOf, type Variable } from '../model/variables.ts';
import { textList, type Hdf5File } from './hdf5.ts';
import type { Order } from './keras/weightPaths.ts';
import { checkMemory, setFromFile, type StoredArray } from './weightsSet.ts';

const rootOf = (file: Hdf5File): string => (file.children('').includes('model_weights') ? 'model_weights' : '');

/** Whether a file lists its layers by name. */
export const isLegacy = (file: Hdf5File): boolean => textList(file.attributes(rootOf(file)), 'layer_names') !== undefined;

export const storedAt = (file: Hdf5File, path: string, where: string): StoredArray => {
  if (!/^[^\0]{1,4096}$/.test(path)) throw new ModelError(where, 'has a weight with an impossible name');
  return { place: path, ...file.describe(path), read: () => file.dataset(path).data as ArrayLike<number | bigint> };
};

interface NamedWeights { readonly name: string; readonly arrays: readonly StoredArray[] }

function layersIn(file: Hdf5File, where: string): readonly NamedWeights[] {
  const root = rootOf(file);
  const names = textList(file.attributes(root), 'layer_names') ?? [];
  const at = (...parts: readonly string[]) => [root, ...parts].filter((part) => part !== '').join('/');
  return names.map((name) => ({
    name, arrays: (textList(file.attributes(at(name)), 'weight_names') ?? []).map((weight) => storedAt(file, at(name, weight), where)),
  })).filter(({ arrays }) => arrays.length > 0);
}

/** A layer's weights in Keras's older order: those that learn, then the others, those of the layers within it among them. */
function weightsOf(layer: Layer): readonly Variable[] {
  const all = [...new Set(variablesOf(layer))].filter(({ spec }) => spec.saved);
  return [...all.filter(({ learns }) => learns), ...all.filter(({ learns }) => !learns)];
}

/**
 * Sets all weights. With `order`, that of the file's own architecture, layers are found by name; a model that was made otherwise
 * takes them as they come, as in Keras.
 * @throws ModelError, before any is set, if the file's weights are not those of this architecture
 */
export function takeLegacyWeights(model: Model, file: Hdf5File, where: string, order?: Order): void {
  const stored = layersIn(file, where);
  const layers = (order ?? ((each: Model) => each.layers))(model).map((layer) => ({ layer, variables: weightsOf(layer) })).filter(({ variables }) => variables.length > 0);
  if (stored.length !== layers.length) throw new ModelError(where, `has weights of ${stored.length} layers (${stored.slice(0, 5).map(({ name }) => name).join(', ')}), but the model has ${layers.length} with weights`);
  const byName = order && new Map(stored.map((each) => [each.name, each]));
  const weights = layers.flatMap(({ layer, variables }, i) => {
    const found = byName ? byName.get(layer.name) : stored[i];
    if (!found) throw new ModelError(where, `has no weights of the layer "${layer.name}"; it has those of ${stored.slice(0, 10).map(({ name }) => name).join(', ')}`);
    if (found.arrays.length !== variables.length) throw new ModelError(where, `has ${found.arrays.length} weights of "${found.name}", but the layer "${layer.name}" has ${variables.length}`);
    return variables.map((variable, n) => ({ variable, array: found.arrays[n]! }));
  });
  checkMemory(model.network.variables, where);
  setFromFile(weights, where);
}
