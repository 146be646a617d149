/** Where the weights of a model lie in a weights file: Keras numbers groups by class, in the order of `model.layers`. */
import type { NdArray } from '../../core/array.ts';
import type { Layer } from '../../core/layer.ts';
import type { Model } from '../../model/model.ts';
import { ownVariables, type Variable } from '../../model/variables.ts';
import { groupName } from './case.ts';
import { classNameOf } from './layers.ts';
import { isModel } from './models.ts';
import { writeOperation } from './ops/operation.ts';

export interface PlacedVariable { readonly variable: Variable; readonly path: string }

/** In which order the layers of a model, and of models inside it, are numbered. */
export type Order = (model: Model) => readonly Layer[];
const modelsOwn: Order = (model) => model.layers;

/** Group of each layer of a list: `dense`, `dense_1`, … */
function groupsOf(layers: readonly Layer[]): ReadonlyMap<Layer, string> {
  const counts = new Map<string, number>();
  return new Map(layers.filter((layer) => !writeOperation(layer)).map((layer) => {
    const name = groupName(layer.keras?.group ?? classNameOf(layer));
    const n = counts.get(name) ?? 0;
    counts.set(name, n + 1);
    return [layer, n === 0 ? name : `${name}_${n}`];
  }));
}

/** Group of a layer that a layer holds, within the group of that. */
const heldGroup = ({ keras }: Layer, name: string): string => keras?.layers?.[name] ?? name.split('/').map(groupName).join('/');

/** Weights below a group: the layer's own, then those of the layers that it holds. */
function below(layer: Layer, group: string, order: Order, seen: Set<Layer>): readonly PlacedVariable[] {
  if (seen.has(layer)) return [];
  seen.add(layer);
  if (isModel(layer)) return inModel(layer, `${group}/layers`, order, seen);
  const { weights: under, borrows = [] } = layer.keras ?? {};
  const counts = new Map<string, number>();
  const borrowed = borrows.flatMap((path) => {
    const [held, name] = path.split('/') as [string, string];
    return ownVariables(layer.held.get(held)!).filter((variable) => variable.name === name);
  });
  const own = [...borrowed, ...ownVariables(layer).filter(({ spec }) => spec.saved)].map((variable) => {
    const sub = typeof under === 'string' ? under : under?.[variable.name];
    const place = sub ? `${group}/${sub}/vars` : `${group}/vars`;
    const i = counts.get(place) ?? 0;
    counts.set(place, i + 1);
    return { variable, path: `${place}/${i}` };
  });
  return [...own, ...[...layer.held].flatMap(([name, held]) => below(held, `${group}/${heldGroup(layer, name)}`, order, seen))];
}

const inModel = (model: Model, prefix: string, order: Order, seen: Set<Layer>): readonly PlacedVariable[] =>
  [...groupsOf(order(model))].flatMap(([layer, group]) => below(layer, `${prefix}/${group}`, order, seen));

/** Every saved weight with its path, as `layers/dense/vars/0`, in the order in which Keras counts them. */
export const placedVariables = (model: Model, order: Order = modelsOwn): readonly PlacedVariable[] => inModel(model, 'layers', order, new Set());

/** Groups that Keras writes even for layers without weights, with the name that it notes there. */
export const namedGroups = (model: Model): readonly { readonly path: string; readonly name: string }[] =>
  [...groupsOf(model.layers)].map(([layer, group]) => ({ path: `layers/${group}/vars`, name: layer.name }));

interface PlacedArray { readonly path: string; readonly array: NdArray }

const arraysBelow = (layer: Layer, group: string): readonly PlacedArray[] => (isModel(layer) ? placedArrays(layer, `${group}/layers`) : [
  ...Object.entries(layer.keras?.arrays?.(layer.options) ?? {}).map(([path, array]) => ({ path: `${group}/${path}`, array })),
  ...[...layer.held].flatMap(([name, held]) => arraysBelow(held, `${group}/${heldGroup(layer, name)}`)),
]);

/** Arrays that lie among the weights though they follow from options. */
export const placedArrays = (model: Model, prefix = 'layers'): readonly PlacedArray[] =>
  [...groupsOf(model.layers)].flatMap(([layer, group]) => arraysBelow(layer, `${prefix}/${group}`));
