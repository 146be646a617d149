import { damaged, type Cursor, type Source } from './cursor.ts';

/** What a dataset can hold; float16 and bfloat16 are read into float32. */
export type Hdf5Type =
  | 'float16' | 'bfloat16' | 'float32' | 'float64'
  | 'int8' | 'int16' | 'int32' | 'int64'
  | 'uint8' | 'uint16' | 'uint32' | 'uint64'
  | 'bool' | 'string';

export interface Datatype {
  /** Undefined for what ibex does not read. */
  readonly dtype: Hdf5Type | undefined;
  /** The type for an error: "compound values". */
  readonly words: string;
  /** Bytes of one value; of a reference to it, for a string of variable length. */
  readonly size: number;
  readonly littleEndian: boolean;
  readonly variable: boolean;
  /** Strings that end with spaces which do not belong to them. */
  readonly padded: boolean;
}

// Bit offset, precision, place and size of exponent, place and size of mantissa, bias of the exponent.
const floats: Record<string, Hdf5Type> = {
  '0 16 10 5 0 10 15': 'float16',
  '0 16 7 8 0 7 127': 'bfloat16',
  '0 32 23 8 0 23 127': 'float32',
  '0 64 52 11 0 52 1023': 'float64',
};

const otherClasses = ['', '', 'times', '', 'bit fields', 'opaque values', 'compound values', 'references', '', 'lists of variable length', 'arrays', 'complex numbers'];

/** The type that a datatype message says (HDF5 File Format Specification 3.0, IV.A.2.d). */
export function readDatatype(source: Source, message: Cursor, inEnumeration = false): Datatype {
  const classAndVersion = message.u8();
  const version = classAndVersion >> 4;
  const bits = message.uint(3);
  const size = message.u32();
  const kind = classAndVersion & 15;
  const plain = { size, littleEndian: (bits & 1) === 0, variable: false, padded: false };
  const unknown = (words: string): Datatype => ({ ...plain, dtype: undefined, words });
  if (version < 1 || version > 5) throw damaged(source, `a datatype of version ${version}`);
  switch (kind) {
    case 0: {
      const offset = message.u16();
      const precision = message.u16();
      const dtype = `${bits & 8 ? 'int' : 'uint'}${size * 8}`;
      const usual = offset === 0 && precision === size * 8 && [1, 2, 4, 8].includes(size);
      return usual ? { ...plain, dtype: dtype as Hdf5Type, words: dtype } : unknown(`integers of ${precision} bits in ${size} bytes`);
    }
    case 1: {
      const fields = [message.u16(), message.u16(), message.u8(), message.u8(), message.u8(), message.u8(), message.u32()];
      const dtype = floats[fields.join(' ')];
      const vax = (bits & 0x40) !== 0;
      return dtype && !vax && size * 8 === fields[1] ? { ...plain, dtype, words: dtype } : unknown(`floats of ${fields[1]} bits in an unusual form`);
    }
    case 3:
      return { ...plain, dtype: 'string', words: 'strings', padded: (bits & 15) === 2 };
    case 8:
      if (inEnumeration) throw damaged(source, 'names for names for integers');
      return enumeration(source, message, version, bits & 0xffff);
    case 9:
      return (bits & 15) === 1
        ? { ...plain, dtype: 'string', words: 'strings', variable: true, padded: ((bits >> 4) & 15) === 2 }
        : unknown('lists of variable length');
    default:
      return unknown(otherClasses[kind] ?? `values of class ${kind}`);
  }
}

/** Names for integers. `FALSE` and `TRUE` for 0 and 1 in a byte are how h5py keeps booleans; others are read as their integers. */
function enumeration(source: Source, message: Cursor, version: number, count: number): Datatype {
  const base = readDatatype(source, message, true);
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    let name = '';
    let length = 1;
    for (let byte = message.u8(); byte !== 0; byte = message.u8(), length++) name += String.fromCharCode(byte);
    if (version < 3) message.skip((8 - (length % 8)) % 8);
    names.push(name);
  }
  const values = names.map(() => message.uint(base.size));
  const isBoolean = base.size === 1 && names.join() === 'FALSE,TRUE' && values.join() === '0,1';
  return isBoolean ? { ...base, dtype: 'bool', words: 'booleans' } : base;
}
