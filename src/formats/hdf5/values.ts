import { fromHalf } from '../float16.ts';
import { damaged, type Source } from './cursor.ts';
import type { Datatype, Hdf5Type } from './datatype.ts';
import { heapString, textBeforeZero } from './heaps.ts';

export type Hdf5Values =
  | Float32Array | Float64Array
  | Int8Array | Int16Array | Int32Array | BigInt64Array
  | Uint8Array | Uint16Array | Uint32Array | BigUint64Array
  | string[];

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
} as const;

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * The values that bytes of the file stand for. Where the bytes are as the machine has them, the result is a view of the file;
 * else (another byte order, half precision, an odd address) a new array.
 */
export function readValues(source: Source, type: Datatype & { dtype: Hdf5Type }, bytes: Uint8Array): Hdf5Values {
  const { dtype, size } = type;
  if (dtype === 'string') return readStrings(source, type, bytes);
  const sameOrder = type.littleEndian === hostIsLittleEndian || size === 1;
  const ordered = sameOrder ? bytes : reversed(bytes, size);
  const aligned = ordered.byteOffset % size === 0 ? ordered : ordered.slice();
  const values = new arrays[dtype](aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / size);
  if (dtype === 'float16') return Float32Array.from(values as Uint16Array, fromHalf);
  if (dtype === 'bfloat16') return fromBfloat(values as Uint16Array);
  return values;
}

/** A copy with the bytes of each value in the opposite order. */
function reversed(bytes: Uint8Array, size: number): Uint8Array {
  const turned = bytes.slice();
  for (let at = 0; at + size <= turned.length; at += size) {
    for (let low = at, high = at + size - 1; low < high; low++, high--) {
      const byte = turned[low]!;
      turned[low] = turned[high]!;
      turned[high] = byte;
    }
  }
  return turned;
}

/** The upper half of a float32. */
function fromBfloat(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
  return new Float32Array(words.buffer);
}

function readStrings(source: Source, { size, variable, padded }: Datatype, bytes: Uint8Array): string[] {
  const count = size === 0 ? 0 : Math.floor(bytes.length / size);
  const finish = (text: string) => (padded ? text.replace(/ +$/, '') : text);
  if (!variable) return Array.from({ length: count }, (_, i) => finish(textBeforeZero(bytes.subarray(i * size, (i + 1) * size))));
  if (size !== 16) throw damaged(source, `references to strings have ${size} bytes, not 16`);
  const references = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, i) => {
    const length = references.getUint32(i * 16, true);
    const heap = references.getUint32(i * 16 + 4, true) + references.getUint32(i * 16 + 8, true) * 2 ** 32;
    return length === 0 ? '' : finish(heapString(source, heap, references.getUint32(i * 16 + 12, true)));
  });
}
