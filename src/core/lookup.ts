/** Rows looked up in a table remember where they come from: what multiplies them may multiply the table, where that has fewer rows. */
import { tf, type Tensor } from './tensor.ts';

export interface Lookup {
  /** `[rows, …]` */
  readonly table: Tensor;
  /** int32, of any shape. */
  readonly indices: Tensor;
}

interface Remembered extends Lookup { /** The gradient in whose computation it was looked up, if in one. */ readonly tape: unknown }

const lookups = new WeakMap<Tensor, Remembered>();
let remembered = true;

/** The rows that `indices` name: `[…, …]`, the shape of the indices and then that of a row. */
export function lookUp(table: Tensor, indices: Tensor): Tensor {
  const rows = tf.gather(table, indices as never);
  if (remembered) lookups.set(rows, { table, indices, tape: tf.engine().state.activeTape });
  return rows;
}

/** What a tensor was looked up in; `undefined` if it was not, that is no longer there, or a gradient by the tensor itself may be wanted: it was there before. */
export function lookupOf(rows: Tensor): Lookup | undefined {
  const known = lookups.get(rows);
  return known && known.tape === tf.engine().state.activeTape && !known.table.isDisposed && !known.indices.isDisposed ? known : undefined;
}

/** Does some work in which rows are rows: for who looks for layers in the operations, at whatever sizes. */
export function withoutLookups<T>(work: () => T): T {
  const before = remembered;
  remembered = false;
  try {
    return work();
  } finally {
    remembered = before;
  }
}
