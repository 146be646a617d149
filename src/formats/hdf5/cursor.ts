import type { ModelError } from '../../core/errors.ts';

/** An HDF5 file being read, and how to refuse it. */
export interface Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly refuse: (problem: string) => ModelError;
  /**
   * Bytes of structure that may still be parsed. A sound file has every structure parsed about once; in a forged one, structures
   * that overlap or lead in circles would keep a reader busy for ever.
   */
  patience: number;
  /** Bytes of values that may still be read: no honest file of this length has more. */
  credit: number;
  /** What was parsed before, by address. */
  readonly strings: Map<number, ReadonlyMap<number, string>>;
}

/** Reads little-endian numbers one after the other, never beyond its region. */
export interface Cursor {
  u8(): number;
  u16(): number;
  u32(): number;
  /** Exact up to 2⁵³; what is larger is refused when it is used as a size or an address. */
  u64(): number;
  /** A number of 1 to 8 bytes. */
  uint(size: number): number;
  /** An address in the file, or nothing for "undefined address", all ones. */
  address(): number | undefined;
  bytes(length: number): Uint8Array;
  skip(length: number): void;
  /** Four letters that must come next. */
  signature(letters: string): void;
  at(): number;
  left(): number;
}

export const damaged = (source: Source, what: string) =>
  source.refuse(`the HDF5 file is damaged or cut short: ${what}; copy or download the file again`);

/** Bytes of values. There is no structure in them, so that they cost no patience. */
export function region(source: Source, start: number, length: number, what: string): Uint8Array {
  const end = start + length;
  if (!(start >= 0 && length >= 0 && end <= source.bytes.length)) {
    throw damaged(source, `${what} should lie at bytes ${start} to ${end}, the file has ${source.bytes.length}`);
  }
  return source.bytes.subarray(start, end);
}

/** @param what the structure that lies there, for errors */
export function cursor(source: Source, start: number, length: number, what: string): Cursor {
  const { bytes, view } = source;
  const end = start + region(source, start, length, what).length;
  let place = start;
  const take = (size: number) => {
    if (!(size >= 0 && size <= end - place)) throw damaged(source, `${what} at byte ${start} is too short`);
    source.patience -= size;
    if (source.patience < 0) throw damaged(source, 'its structures overlap or lead in a circle');
    place += size;
    return place - size;
  };
  const uint = (size: number) => {
    let value = 0;
    const from = take(size);
    for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[from + i]!;
    return value;
  };
  return {
    uint,
    u8: () => bytes[take(1)]!,
    u16: () => view.getUint16(take(2), true),
    u32: () => view.getUint32(take(4), true),
    u64: () => uint(8),
    address: () => {
      const from = take(8);
      return view.getUint32(from, true) === 0xffffffff && view.getUint32(from + 4, true) === 0xffffffff
        ? undefined
        : view.getUint32(from, true) + view.getUint32(from + 4, true) * 2 ** 32;
    },
    bytes: (size) => {
      const from = take(size);
      return bytes.subarray(from, from + size);
    },
    skip: (size) => void take(size),
    signature: (letters) => {
      const from = take(letters.length);
      for (let i = 0; i < letters.length; i++) {
        if (bytes[from + i] !== letters.charCodeAt(i)) throw damaged(source, `${what} at byte ${from} does not begin with ${letters}`);
      }
    },
    at: () => place,
    left: () => end - place,
  };
}
