/** What users hand over, on the host: tensors, nested arrays and typed arrays all become numbers or strings in row-major order, with their shape. */
import type { NdArray, TypedArray } from './array.ts';
import { inWords, ModelError } from './errors.ts';
import { show, size } from './shape.ts';
import { tf, type Tensor } from './tensor.ts';
import { fromNested, type Nested } from './nested.ts';

/** Numbers for one input or output. The first axis counts examples. */
export type ArrayData = Tensor | NdArray | TypedArray | readonly Nested[];

/** Strings are kept as they are: layers that look words up take them. */
export interface HostArray { readonly data: TypedArray | readonly string[]; readonly shape: readonly number[] }

export const isTyped = (value: unknown): value is TypedArray => ArrayBuffer.isView(value) && !(value instanceof DataView);
const isBig = (value: unknown): boolean => value instanceof BigInt64Array || value instanceof BigUint64Array;
export const isTensor = (value: unknown): value is Tensor => value instanceof tf.Tensor;
export const isNdArray = (value: unknown): value is NdArray =>
  typeof value === 'object' && value !== null && 'data' in value && 'shape' in value && (isTyped(value.data) || Array.isArray(value.data)) && Array.isArray(value.shape);

/** Whether this is the data of one input, and not a list or record of several, nor an iterable of batches. */
export const isArrayData = (value: unknown): value is ArrayData => isTensor(value) || isTyped(value) || isNdArray(value) || isNested(value);

/** Arrays with anything but data at the bottom; an array of tensors or typed arrays is a list of inputs. */
function isNested(value: unknown): value is readonly Nested[] {
  if (!Array.isArray(value)) return false;
  let first: unknown = value;
  while (Array.isArray(first)) {
    if (first.length === 0) return true;
    first = first[0];
  }
  return typeof first !== 'object' || first === null;
}

/**
 * A list of typed arrays, one for each example, as one array; `undefined` if it is no such list. A list of one may as well be the data of one input: it is an
 * example if it has the numbers of one.
 * @param example - the shape of an example
 */
export function fromRows(where: string, value: unknown, example: readonly (number | null)[]): NdArray | undefined {
  if (!Array.isArray(value) || value.length === 0 || !value.every((each) => isTyped(each) && !isBig(each))) return undefined;
  const rows = value as readonly TypedArray[];
  const [first] = rows as readonly [TypedArray];
  const wanted = size(example);
  if (rows.length === 1 && first.length !== wanted) return undefined;
  const ragged = rows.findIndex(({ length }) => length !== first.length);
  if (ragged > 0) throw new ModelError(where, `must have examples of one length, got ${first.length} numbers at index 0 and ${rows[ragged]!.length} at index ${ragged}`);
  const kind = rows.every(({ constructor }) => constructor === first.constructor) ? (first.constructor as Float32ArrayConstructor) : Float64Array;
  const data = new kind(rows.length * first.length);
  rows.forEach((row, i) => data.set(row, i * first.length));
  return { data, shape: [rows.length, ...(first.length === wanted ? (example as readonly number[]) : [first.length])] };
}

/** How many numbers an array of this shape has. */
export const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Where a value lies, as a reader finds it again. */
export function placeOf(at: number, shape: readonly number[]): string {
  const example = product(shape.slice(1));
  return `example ${Math.floor(at / example)}${shape.length > 1 ? `, value ${at % example} of that example` : ''}`;
}

function fromNdArray(where: string, { data, shape }: NdArray): HostArray {
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0)) throw new ModelError(where, `must have a shape of whole numbers, got ${inWords(shape)}`);
  if (data.length !== product(shape)) throw new ModelError(where, `has ${data.length} numbers, but its shape ${show(shape)} asks for ${product(shape)}`);
  if (isTyped(data)) return { data, shape };
  return { data: fromNested(where, data as readonly Nested[]).data, shape };
}

/** Reads data into the host's memory. @throws ModelError for what is ragged, not numbers, or not as long as its shape says. */
export function toHost(where: string, value: ArrayData): HostArray {
  if (isTensor(value)) {
    if (value.isDisposed) throw new ModelError(where, 'is a tensor that was disposed of; keep it until the call is done');
    if (value.dtype === 'complex64') throw new ModelError(where, 'is a tensor of complex numbers; give their real and imaginary parts as two');
    if (value.dtype === 'string') return { data: value.dataSync<'string'>() as unknown as string[], shape: value.shape };
    return { data: value.dataSync() as TypedArray, shape: value.shape };
  }
  if (isBig(value)) throw new ModelError(where, 'must hold numbers, got big integers; make an Int32Array or a Float32Array of them');
  if (isNdArray(value)) return fromNdArray(where, value);
  if (isTyped(value)) return { data: value, shape: [value.length] };
  if (isNested(value)) return fromNested(where, value);
  throw new ModelError(where, `must be a tensor, a nested array, a typed array or { data, shape }, got ${inWords(value)}`);
}

export const isWords = (data: HostArray['data']): data is readonly string[] => Array.isArray(data);

/** The same, for what takes numbers only. */
export function readNumbers(where: string, value: ArrayData): { readonly data: TypedArray; readonly shape: readonly number[] } {
  const { data, shape } = toHost(where, value);
  if (!isWords(data)) return { data, shape };
  throw new ModelError(where, `must hold numbers, got ${inWords(data[0])} at ${placeOf(0, shape)}; encode words as numbers first`);
}

/** Whether NaN may be among the numbers: their sum is NaN if one of them is, and if there are infinities of both signs. */
export function mayHoldNaN(data: Float32Array | Float64Array): boolean {
  // A sum is far quicker than a test of each.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  return Number.isNaN(sum);
}

/** Refuses NaN: it would turn every weight into NaN within a step. */
export function refuseNaN(where: string, { data, shape }: HostArray): void {
  if (!(data instanceof Float32Array || data instanceof Float64Array) || !mayHoldNaN(data)) return;
  const at = data.findIndex((v) => Number.isNaN(v));
  if (at >= 0) throw new ModelError(where, `is NaN at ${placeOf(at, shape)}; fill in or leave out missing values`);
}
