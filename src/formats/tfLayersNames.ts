/** What tf.layers and its converter call weights: the layer's name, those of layers within it, the weight's own. */
import { ModelError } from '../core/errors.ts';
import type { Layer } from '../core/layer.ts';
import type { Model } from '../model/model.ts';
import { ownVariables, variablesOf, type Variable } from '../model/variables.ts';
import { snake } from './keras/case.ts';
import { isModel } from './keras/models.ts';
import type { Order } from './keras/weightPaths.ts';
import type { StoredArray, WeightFor } from './weightsSet.ts';

/** Layers of a model and of models within it, but not those that other layers hold. */
const layersOf = (model: Model, order: Order): readonly Layer[] => [...new Set(order(model).flatMap((layer) => (isModel(layer) ? layersOf(layer, order) : [layer])))];

const savedOf = (layer: Layer): readonly Variable[] => [...new Set(variablesOf(layer))].filter(({ spec }) => spec.saved);

/** How tf.layers names what a layer holds: cells by their number, the ways of a bidirectional layer by their direction, others not at all. */
function inner(layer: Layer, name: string, held: Layer, i: number): string {
  if (layer.kind === 'bidirectional') return `${name === 'forwardLayer' ? 'forward' : 'backward'}_${(layer.options.layer as Layer).name || held.kind}/`;
  return layer.kind === 'stackedRNNCells' ? `RNNCell_${i}/` : '';
}

const ownName = (layer: Layer, { name }: Variable): string => (layer.kind === 'depthwiseConv2d' && name === 'kernel' ? 'depthwise_kernel' : snake(name));

const named = (layer: Layer, prefix: string): readonly { readonly name: string; readonly variable: Variable }[] => [
  ...ownVariables(layer).filter(({ spec }) => spec.saved).map((variable) => ({ name: `${prefix}${ownName(layer, variable)}`, variable })),
  ...[...layer.held].flatMap(([name, held], i) => named(held, `${prefix}${inner(layer, name, held, i)}`)),
];

/** All weights with the names that tf.layers finds them by. `names`: those that layers have in the file. */
export const namedWeights = (model: Model, names: ReadonlyMap<Layer, string>): readonly { readonly name: string; readonly variable: Variable }[] =>
  layersOf(model, (each) => each.layers).flatMap((layer) => named(layer, `${names.get(layer) ?? layer.name}/`));

/** Names for layers of models within models that no other layer has: tf.layers finds weights by the names of their layers alone. */
export function uniqueNames(model: Model): ReadonlyMap<Layer, string> {
  const names = new Map<Layer, string>();
  const taken = new Set(model.layers.map(({ name }) => name));
  const nameWithin = (inner: Model): void => {
    for (const layer of inner.layers) {
      if (isModel(layer)) nameWithin(layer);
      else if (!names.has(layer)) {
        let name = layer.name;
        for (let n = 1; taken.has(name); n++) name = `${inner.name}_${layer.name}${n === 1 ? '' : `_${n}`}`;
        taken.add(name);
        names.set(layer, name);
      }
    }
  };
  for (const layer of model.layers) if (isModel(layer)) nameWithin(layer);
  return names;
}

/**
 * Finds the weights of each layer among named arrays: those whose name has the layer's in it, in their order.
 * @throws ModelError for weights that are missing, too many, or of no layer
 */
export function matchWeights(model: Model, arrays: ReadonlyMap<string, StoredArray>, order: Order, where: string): readonly WeightFor[] {
  const layers = layersOf(model, order).filter((layer) => savedOf(layer).length > 0);
  const found = new Map<Layer, StoredArray[]>(layers.map((layer) => [layer, []]));
  for (const [name, array] of arrays) {
    // A model's name may stand in front of its layer's: the last one that fits is meant.
    const place = (layer: Layer) => `/${name}`.lastIndexOf(`/${layer.name}/`) + layer.name.length;
    const fitting = layers.filter((layer) => `/${name}`.includes(`/${layer.name}/`));
    const owner = fitting.sort((a, b) => place(b) - place(a))[0];
    if (!owner) throw new ModelError(where, `has a weight "${name}", which is none of the model's`);
    found.get(owner)!.push(array);
  }
  return layers.flatMap((layer) => {
    const [variables, own] = [savedOf(layer), found.get(layer)!];
    if (own.length !== variables.length) throw new ModelError(where, `has ${own.length} weights of the layer "${layer.name}", but it has ${variables.length}`);
    return variables.map((variable, i) => ({ variable, array: own[i]! }));
  });
}
