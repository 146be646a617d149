/** What can be wrong with targets, in a sentence; checked on the host before training. */
import type { NdArray } from '../core/array.ts';
import { show } from '../core/shape.ts';

/** A flat index as a reader finds it again: `row 3`, `row 3, place [2, 0]`. */
function place(index: number, shape: readonly number[]): string {
  const within = shape.slice(1);
  const size = within.reduce((product, n) => product * n, 1);
  const row = `row ${Math.floor(index / size)}`;
  if (size === 1) return row;
  let rest = index % size;
  const position = within.toReversed().map((n) => {
    const at = rest % n;
    rest = Math.floor(rest / n);
    return at;
  });
  return `${row}, place ${show(position.reverse())}`;
}

/** Labels must be whole numbers from 0 up to the number of classes, `ignored` apart. */
export function labelProblem({ data, shape }: NdArray, classes: number | null | undefined, ignored: number | null = null): string | undefined {
  for (let i = 0; i < data.length; i++) {
    const label = data[i]!;
    if (label === ignored || Number.isNaN(label)) continue;
    if (!Number.isInteger(label)) return `label ${label} at ${place(i, shape)} is not a whole number; labels count the classes from 0`;
    if (label < 0) return `label ${label} at ${place(i, shape)} is negative; labels count the classes from 0`;
    if (classes && label >= classes) return `label ${label} at ${place(i, shape)}, but the model has ${classes} ${classes === 1 ? 'class (0)' : `classes (0–${classes - 1})`}`;
  }
  return undefined;
}

/** Labels must be whole numbers. */
export function wholeProblem({ data, shape }: NdArray): string | undefined {
  const i = data.findIndex((label) => !Number.isInteger(label));
  return i < 0 ? undefined : `label ${data[i]} at ${place(i, shape)} is not a whole number`;
}

/** Binary targets must lie in 0..1. */
export function binaryProblem({ data, shape }: NdArray): string | undefined {
  const i = data.findIndex((target) => target < 0 || target > 1);
  return i < 0 ? undefined : `target ${data[i]} at ${place(i, shape)} is outside 0..1`;
}

/** One-hot targets must have as many columns as the model gives; `sparse` is the loss that takes integer labels. */
export function oneHotProblem({ shape }: NdArray, outputShape: readonly (number | null)[], sparse: string): string | undefined {
  const columns = shape.length > 1 ? shape.at(-1)! : 1;
  const classes = outputShape.at(-1);
  if (classes === 1 && columns === 1) return 'the model gives one class, whose share is 1 whatever it learns; for two classes give it 2 units, or use binaryCrossentropy with a sigmoid';
  if (!classes || columns === classes) return undefined;
  return `targets have ${columns} ${columns === 1 ? 'column' : 'columns'}, the model gives ${classes}; for integer labels use ${sparse}`;
}
