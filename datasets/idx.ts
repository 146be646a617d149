import type { NdArray, TypedArray } from '../src/core/array.ts';
import { ModelError } from '../src/core/errors.ts';

type Read = (view: DataView, at: number) => number;

/** The third byte of the file → type of the numbers, their bytes, and how to read one. */
const kinds: Record<number, readonly [new (length: number) => TypedArray, number, Read]> = {
  0x08: [Uint8Array, 1, (view, at) => view.getUint8(at)],
  0x09: [Int8Array, 1, (view, at) => view.getInt8(at)],
  0x0b: [Int16Array, 2, (view, at) => view.getInt16(at)],
  0x0c: [Int32Array, 4, (view, at) => view.getInt32(at)],
  0x0d: [Float32Array, 4, (view, at) => view.getFloat32(at)],
  0x0e: [Float64Array, 8, (view, at) => view.getFloat64(at)],
};

/**
 * Reads an unpacked IDX file, the format of MNIST: two zero bytes, the type, the number of axes, a big-endian 32-bit size for each,
 * then the numbers, big-endian, in row-major order (LeCun, Cortes and Burges, "The MNIST database").
 * @throws ModelError if the bytes are not exactly such a file
 */
export function readIdx(where: string, bytes: Uint8Array): NdArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const refuse = (problem: string): never => {
    throw new ModelError(where, `not an IDX file: ${problem}`);
  };
  if (bytes.length < 4) refuse(`${bytes.length} bytes, shorter than the header`);
  const [make, wide, read] =
    (view.getUint16(0) === 0 ? kinds[view.getUint8(2)] : undefined) ??
    refuse(`it begins with 0x${view.getUint32(0).toString(16).padStart(8, '0')}; expected 0x0000, a type from 08 to 0e and the number of axes`);
  const axes = view.getUint8(3);
  const header = 4 + 4 * axes;
  if (axes === 0 || bytes.length < header) refuse(`${axes} axes in ${bytes.length} bytes`);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, n) => product * n, 1);
  if (header + count * wide !== bytes.length) {
    refuse(`a header for [${shape.join(', ')}] numbers of ${wide} bytes calls for ${header + count * wide} bytes, the file has ${bytes.length}`);
  }
  if (make === Uint8Array) return { data: new Uint8Array(bytes.subarray(header)), shape };
  const data = new make(count);
  for (let i = 0; i < count; i++) data[i] = read(view, header + i * wide);
  return { data, shape };
}
