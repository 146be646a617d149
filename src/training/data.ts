/** Host arrays as the tensors of a batch. */
import { isWords, product, type HostArray } from '../core/hostArray.ts';
import { tf, type Tensor } from '../core/tensor.ts';

export { fromRows, isArrayData, isNdArray, isTensor, isTyped, placeOf, readNumbers, refuseNaN, toHost, type ArrayData, type HostArray } from '../core/hostArray.ts';

/** Some rows of host data, in the order given, as float32 or in the type that is asked for. */
export function gatherRows({ data, shape }: HostArray, rows: ArrayLike<number>, dtype: 'float32' | 'int32' | 'bool'): Float32Array | Int32Array | Uint8Array {
  if (isWords(data)) throw new TypeError('strings are no numbers');
  const width = product(shape.slice(1));
  const make = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array;
  const out = new make(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * width;
    if (width === 1) out[i] = data[from]!;
    else out.set(data.subarray(from, from + width), i * width);
  }
  return out;
}

/** The same as a tensor, which may be one of strings. */
export function rowsToTensor(array: HostArray, rows: ArrayLike<number>, dtype: 'float32' | 'int32' | 'bool' | 'string'): Tensor {
  const { data, shape } = array;
  const width = product(shape.slice(1));
  const sizes = [rows.length, ...shape.slice(1)];
  if (isWords(data)) return tf.tensor(Array.from(rows).flatMap((row) => data.slice(row * width, (row + 1) * width)), sizes, 'string');
  return tf.tensor(gatherRows(array, rows, dtype as 'float32' | 'int32' | 'bool'), sizes, dtype);
}
