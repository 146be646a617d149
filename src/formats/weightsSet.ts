/** Arrays of a file → weights of a model. */
import { ModelError } from '../core/errors.ts';
import { show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import type { Variable } from '../model/variables.ts';

/** An array of a file. Its values are read when they are needed, for they may be many. */
export interface StoredArray {
  /** Where it is in the file. */
  readonly place: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  read(): ArrayLike<number | bigint>;
}

/** @throws ModelError for another shape than that of `what`, and for texts in the place of numbers */
export function checkArray({ place, dtype, shape }: StoredArray, what: string, wanted: readonly number[], where: string): void {
  const same = shape.length === wanted.length && shape.every((n, axis) => n === wanted[axis]);
  if (!same) throw new ModelError(where, `${what} must have shape ${show(wanted)}, but the file has ${show(shape)} at ${place}`);
  if (dtype === 'string') throw new ModelError(where, `${what} must be numbers, but the file has texts at ${place}`);
}

/** A tensor of an array, in float32 or int32, whatever the file has. */
export function tensorFrom(array: StoredArray, dtype: 'float32' | 'int32'): Tensor {
  const values = array.read();
  const shape = [...array.shape];
  if (dtype === 'int32') return tf.tensor(values instanceof Int32Array ? values : Int32Array.from(values, Number), shape, dtype);
  return tf.tensor(values instanceof Float32Array ? values : Float32Array.from(values, Number), shape, dtype);
}

const hasNaN = (values: ArrayLike<number | bigint>): boolean => {
  if (!(values instanceof Float32Array || values instanceof Float64Array)) return false;
  // Nothing but NaN differs from itself.
  for (let i = 0; i < values.length; i++) if (values[i] !== values[i]) return true;
  return false;
};

export interface WeightFor { readonly variable: Variable; readonly array: StoredArray }

/**
 * Sets weights. Those that are not numbers are taken as they are, and a line says so.
 * @throws ModelError, before any is set, if one has another shape
 */
export function setFromFile(weights: readonly WeightFor[], where: string): void {
  for (const { variable, array } of weights) checkArray(array, variable.path, variable.spec.shape, where);
  const broken: string[] = [];
  for (const { variable, array } of weights) {
    const values = array.read();
    if (hasNaN(values)) broken.push(variable.path);
    variable.replace(tensorFrom({ ...array, read: () => values }, variable.spec.dtype));
  }
  if (broken.length > 0) console.warn(`ibex: ${where}: ${broken.length} of ${weights.length} weights hold NaN, ${broken[0]} among them, and so will what the model predicts.`);
}

// Memory of stateful layers is in no file, so that no file bounds it.
const freeMemory = 2 ** 24;

/** @throws ModelError for a model that keeps more numbers between calls than its weights make credible */
export function checkMemory(variables: readonly Variable[], where: string): void {
  const count = (saved: boolean) => variables.filter(({ spec }) => spec.saved === saved).reduce((sum, { spec }) => sum + spec.shape.reduce((a, n) => a * n, 1), 0);
  const [kept, weights] = [count(false), count(true)];
  if (kept > freeMemory + 16 * weights) throw new ModelError(where, `the model keeps ${kept} numbers between calls, by which its ${weights} weights are not credible; do not trust the file`);
}
