/** Weights and optimizer state in an HDF5 file: `model.weights.h5` in a `.keras` file, or a file of its own. */
import { ModelError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Model } from '../../model/model.ts';
import type { Variable } from '../../model/variables.ts';
import type { Hdf5File } from '../hdf5.ts';
import type { NewDataset, NewGroup } from '../hdf5Writer.ts';
import { checkMemory, setFromFile, type StoredArray } from '../weightsSet.ts';
import { optimizerArrays, restoreOptimizer } from './optimizerState.ts';
import { namedGroups, placedArrays, placedVariables, type Order } from './weightPaths.ts';

const arrayOf = (tensor: Tensor): NewDataset => ({
  shape: tensor.shape,
  data: tensor.dtype === 'int32' ? BigInt64Array.from(tensor.dataSync(), BigInt) : (tensor.dataSync() as Float32Array),
});

const unique = (variables: readonly Variable[]): readonly Variable[] => [...new Set(variables)];

/** Weights, and optimizer state where it is asked for, as the tree of an HDF5 file. */
export function weightsTree(model: Model, withOptimizer: boolean): NewGroup {
  const placed = placedVariables(model);
  const state = withOptimizer ? optimizerArrays(model.trainer, unique(placed.map(({ variable }) => variable))) : [];
  return {
    groups: { vars: {}, ...Object.fromEntries(namedGroups(model).map(({ path, name }) => [path, { attributes: { name } }])) },
    datasets: Object.fromEntries([
      ...placed.map(({ variable, path }) => [path, arrayOf(variable.tensor)] as const),
      ...placedArrays(model).map(({ path, array }) => [path, { shape: array.shape, data: array.data as Float32Array }] as const),
      ...state.map((tensor, i) => [`optimizer/vars/${i}`, arrayOf(tensor)] as const),
    ]),
  };
}

const stored = (file: Hdf5File, path: string): StoredArray => ({ place: path, ...file.describe(path), read: () => file.dataset(path).data as ArrayLike<number | bigint> });

// Keras 2.13's word for the layers of a model.
const oldName = '_layer_checkpoint_dependencies';
/** What Keras 2 calls the parts of attention. */
const oldPath = (path: string): string => path.replace(/\/((?:query|key|value|output)_dense)\//, '/_$1/');

/** Finds arrays by the paths that they have today. */
function finder(file: Hdf5File): { find(path: string): StoredArray | undefined; list(group: string): readonly string[] } {
  const paths = new Map(file.paths().map((path) => [path.replaceAll(oldName, 'layers'), path]));
  const groups = new Map<string, string[]>();
  for (const path of paths.keys()) {
    const cut = path.lastIndexOf('/');
    const group = path.slice(0, Math.max(0, cut));
    const names = groups.get(group) ?? [];
    names.push(path.slice(cut + 1));
    groups.set(group, names);
  }
  return {
    find(path) {
      const there = paths.get(path) ?? paths.get(oldPath(path));
      return there === undefined ? undefined : stored(file, there);
    },
    list: (group) => groups.get(group) ?? [],
  };
}

/**
 * Sets all weights from a weights file. `order`: that of the layers in the file.
 * @throws ModelError, before any is set, for a weight that is missing, too many or of another shape
 */
export function takeWeights(model: Model, file: Hdf5File, order: Order, where: string): void {
  const { find, list } = finder(file);
  if (!model.built) {
    const path = file.paths().find((each) => !each.startsWith('optimizer/'));
    if (path !== undefined) throw new ModelError(where, `has weights (${path}), but does not say what the model takes; save it again with an Input in Keras, or input({ shape }) in ibex`);
    return;
  }
  const placed = placedVariables(model, order);
  const counts = new Map<string, number>();
  const weights = placed.map(({ variable, path }) => {
    const array = find(path);
    if (!array) throw new ModelError(where, `has no weight at ${path}, where ${variable.path} is expected`);
    const group = path.slice(0, path.lastIndexOf('/'));
    counts.set(group, (counts.get(group) ?? 0) + 1);
    return { variable, array };
  });
  for (const [group, count] of counts) {
    const there = list(group).length;
    if (there > count) throw new ModelError(where, `has ${there} weights at ${group}, where the layer has ${count}; the file's weights are not those of this architecture`);
  }
  checkMemory(model.network.variables, where);
  setFromFile(weights, where);
}

/** Takes over the optimizer's state, where the file has one. `withRate`: whether the learning rate is a part of it. @throws ModelError if it is another optimizer's, or other weights' */
export function takeState(model: Model, file: Hdf5File, order: Order, where: string, how: { readonly withRate?: boolean } = {}): void {
  const { find, list } = finder(file);
  const group = 'optimizer/vars';
  const numbers = list(group).filter((name) => /^\d{1,9}$/.test(name)).map(Number).sort((a, b) => a - b);
  if (numbers.length === 0) return;
  const variables = unique(placedVariables(model, order).map(({ variable }) => variable));
  restoreOptimizer(model.trainer, variables, numbers.map((i) => find(`${group}/${i}`)!), where, how);
}
