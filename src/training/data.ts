/** What users hand over, as numbers on the host: tensors, nested arrays and typed arrays all become `NdArray`. */
import type { NdArray, TypedArray } from '../core/array.ts';
import { inWords, ModelError } from '../core/errors.ts';
import { show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';

type Nested = number | boolean | string | readonly Nested[];

/** Numbers for one input or output. The first axis counts examples. */
export type ArrayData = Tensor | NdArray | TypedArray | readonly Nested[];

/** Strings are kept as they are: layers that look words up take them. */
export interface HostArray { readonly data: TypedArray | readonly string[]; readonly shape: readonly number[] }

export const isTyped = (value: unknown): value is TypedArray => ArrayBuffer.isView(value) && !(value instanceof DataView);
export const isTensor = (value: unknown): value is Tensor => value instanceof tf.Tensor;
export const isNdArray = (value: unknown): value is NdArray =>
  typeof value === 'object' && value !== null && 'data' in value && 'shape' in value && (isTyped(value.data) || Array.isArray(value.data)) && Array.isArray(value.shape);

/** Whether this is the data of one input, and not a list or record of several, nor an iterable of batches. */
export const isArrayData = (value: unknown): value is ArrayData => isTensor(value) || isTyped(value) || isNdArray(value) || isNested(value);

/** Arrays that hold numbers at the bottom; an array of tensors or typed arrays is a list of inputs. */
function isNested(value: unknown): value is readonly Nested[] {
  if (!Array.isArray(value)) return false;
  let first: unknown = value;
  while (Array.isArray(first)) {
    if (first.length === 0) return true;
    first = first[0];
  }
  return typeof first === 'number' || typeof first === 'boolean' || typeof first === 'string';
}

const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

function shapeOf(value: readonly Nested[]): number[] {
  const shape: number[] = [];
  for (let at: Nested | undefined = value; Array.isArray(at); at = (at as readonly Nested[])[0]) shape.push((at as readonly Nested[]).length);
  return shape;
}

function fromNested(where: string, value: readonly Nested[]): HostArray {
  const shape = shapeOf(value);
  const flat: (number | boolean | string)[] = [];
  const walk = (at: Nested, axis: number, path: readonly number[]): void => {
    const place = path.length ? `at index ${path.join(', ')} ` : '';
    if (!Array.isArray(at)) {
      if (axis === shape.length && typeof at !== 'object') return void flat.push(at as number | boolean | string);
      throw new ModelError(where, `is ragged: ${place}there is ${inWords(at)} where others have a list of ${shape[axis]}; give every row the same length`);
    }
    const list = at as readonly Nested[];
    if (list.length !== shape[axis]) {
      throw new ModelError(where, `is ragged: ${place}there are ${list.length} values where the first row has ${shape[axis] ?? 'one'}; give every row the same length`);
    }
    list.forEach((each, i) => walk(each, axis + 1, [...path, i]));
  };
  walk(value, 0, []);
  if (typeof flat[0] === 'string') return { data: flat.map(String), shape };
  const wrong = flat.findIndex((each) => typeof each !== 'number' && typeof each !== 'boolean');
  if (wrong >= 0) throw new ModelError(where, `must hold numbers, but there is ${inWords(flat[wrong])}`);
  return { data: Float32Array.from(flat as number[]), shape };
}

/** Reads data into the host's memory. @throws ModelError for what is ragged, not numbers, or not as long as its shape says. */
export function toHost(where: string, value: ArrayData): HostArray {
  if (isTensor(value)) {
    if (value.isDisposed) throw new ModelError(where, 'is a tensor that was disposed of; keep it until the call is done');
    if (value.dtype === 'string') return { data: value.dataSync<'string'>() as unknown as string[], shape: value.shape };
    return { data: value.dataSync() as TypedArray, shape: value.shape };
  }
  if (isNdArray(value)) {
    if (value.data.length !== product(value.shape)) {
      throw new ModelError(where, `has ${value.data.length} numbers, but its shape ${show(value.shape)} asks for ${product(value.shape)}`);
    }
    return { data: value.data, shape: value.shape };
  }
  if (isTyped(value)) return { data: value, shape: [value.length] };
  if (isNested(value)) return fromNested(where, value);
  throw new ModelError(where, `must be a tensor, a nested array, a typed array or { data, shape }, got ${inWords(value)}`);
}

/** Refuses NaN: it would turn every weight into NaN within a step. */
export function refuseNaN(where: string, { data, shape }: HostArray): void {
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) return;
  // A sum is NaN if a term is, and far quicker than a test of each; infinities of both signs also make one, hence the second look.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  if (!Number.isNaN(sum)) return;
  const at = data.findIndex((v) => Number.isNaN(v));
  if (at < 0) return;
  const example = product(shape.slice(1));
  const inside = shape.length > 1 ? `, value ${at % example} of that example` : '';
  throw new ModelError(where, `is NaN at example ${Math.floor(at / example)}${inside}; fill in or leave out missing values`);
}

/** The tensor of some rows of host data, in the order given, as float32 or in the type that is asked for. */
export function rowsToTensor({ data, shape }: HostArray, rows: ArrayLike<number>, dtype: 'float32' | 'int32' | 'bool' | 'string'): Tensor {
  const width = product(shape.slice(1));
  const sizes = [rows.length, ...shape.slice(1)];
  if (dtype === 'string' || Array.isArray(data)) {
    const words = data as readonly string[];
    return tf.tensor(Array.from(rows).flatMap((row) => words.slice(row * width, (row + 1) * width)), sizes, 'string');
  }
  const numbers = data as TypedArray;
  const make = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array;
  const out = new make(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * width;
    if (width === 1) out[i] = numbers[from]!;
    else out.set(numbers.subarray(from, from + width), i * width);
  }
  return tf.tensor(out, sizes, dtype);
}
