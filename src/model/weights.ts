/** The weights of a model as its users see them: copies in Keras's order. */
import type { NdArray, TypedArray } from '../core/array.ts';
import { inWords, ModelError } from '../core/errors.ts';
import { show } from '../core/shape.ts';
import { tf } from '../core/tensor.ts';
import { readNumbers, type ArrayData } from '../training/data.ts';
import type { Variable } from './variables.ts';

/** Those that files and `getWeights()` have; a stateful layer's memory is not among them. */
export const savedVariables = (variables: readonly Variable[]): readonly Variable[] => variables.filter(({ spec }) => spec.saved);

/** Weights as numbers. */
export const readVariables = (variables: readonly Variable[]): readonly NdArray[] =>
  variables.map(({ tensor }) => ({ data: (tensor.dataSync() as TypedArray).slice(), shape: tensor.shape }));

/** Sets weights, in order. @throws ModelError, before any is set, if number or shapes differ. */
export function setVariables(variables: readonly Variable[], weights: readonly ArrayData[], whose = 'the model'): void {
  if (!Array.isArray(weights)) throw new ModelError('setWeights', `takes a list of weights, in the order of getWeights(), got ${inWords(weights)}`);
  if (weights.length !== variables.length) {
    throw new ModelError('setWeights', `${whose} has ${variables.length} weights, got ${weights.length}; give one for each, in the order of getWeights()`);
  }
  const arrays = weights.map((each: ArrayData, i) => {
    const { path, spec } = variables[i]!;
    const array = readNumbers(`setWeights: ${path}`, each);
    const same = array.shape.length === spec.shape.length && array.shape.every((n, axis) => n === spec.shape[axis]);
    if (!same) throw new ModelError(`setWeights: ${path}`, `must have shape ${show(spec.shape)}, got ${show(array.shape)}`);
    return array;
  });
  arrays.forEach(({ data, shape }, i) => variables[i]!.replace(tf.tensor(Float32Array.from(data), [...shape], variables[i]!.spec.dtype)));
}

/** Sets the memory of stateful layers back to its start. */
export function resetMemory(variables: readonly Variable[]): void {
  for (const variable of variables) if (!variable.spec.saved) variable.restart();
}
