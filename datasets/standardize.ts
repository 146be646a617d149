import type { NdArray } from '../src/core/array.ts';
import { ModelError } from '../src/core/errors.ts';

/** What a column is measured by: its mean, and its standard deviation (of all values, not of a sample; 1 for a column that never varies). */
export interface Scale {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

const widthOf = (where: string, { shape }: NdArray): number => {
  const [rows, columns] = shape;
  if (shape.length !== 2 || !rows || !columns) throw new ModelError(where, `expected [examples, features] with at least one of each, got [${shape.join(', ')}]`);
  return columns;
};

/** Mean and deviation of each column of x [examples, features]. Measure the training part only: the test part stands for data not yet seen. */
export function scaleOf(x: NdArray): Scale {
  const columns = widthOf('datasets.scaleOf', x);
  const rows = x.data.length / columns;
  const average = (of: (value: number, column: number) => number) =>
    Array.from({ length: columns }, (_, column) => {
      let sum = 0;
      for (let i = column; i < x.data.length; i += columns) sum += of(x.data[i]!, column);
      return sum / rows;
    });
  const mean = average((value) => value);
  const variance = average((value, column) => (value - mean[column]!) ** 2);
  return { mean, deviation: variance.map((v) => Math.sqrt(v) || 1) };
}

/** `(x - mean) / deviation` in each column of x [examples, features], as new numbers. */
export function standardize(x: NdArray, { mean, deviation }: Scale): NdArray<Float32Array> {
  const columns = widthOf('datasets.standardize', x);
  if (mean.length !== columns || deviation.length !== columns) {
    throw new ModelError('datasets.standardize', `x has ${columns} features, the scale is of ${mean.length}`);
  }
  return { data: Float32Array.from(x.data, (value, i) => (value - mean[i % columns]!) / deviation[i % columns]!), shape: x.shape };
}
