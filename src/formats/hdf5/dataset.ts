import { readChunks } from './chunks.ts';
import { damaged, region, type Source } from './cursor.ts';
import { checkSize, elements, readShape, type Extent } from './dataspace.ts';
import { readDatatype, type Datatype, type Hdf5Type } from './datatype.ts';
import { MESSAGE, messageCursor, type Message } from './header.ts';
import { readValues, type Hdf5Values } from './values.ts';

export interface Hdf5Dataset {
  readonly dtype: Hdf5Type;
  readonly shape: readonly number[];
  /** In row-major order. float16 and bfloat16 come as float32, booleans as 0 and 1. May be a view of the file: not to be written to. */
  readonly data: Hdf5Values;
}

/** Where a dataset's values lie, and as what. */
export interface StoredDataset {
  readonly type: Datatype & { dtype: Hdf5Type };
  readonly shape: readonly number[];
  readonly messages: readonly Message[];
}

// Texts take many times the memory of their bytes; a large vocabulary has a million.
const mostTexts = 2 ** 22;

/** What a dataset holds, from its header alone. `path` is for errors. */
export function describeDataset(source: Source, messages: readonly Message[], path: string, bfloat16: boolean): StoredDataset {
  const one = (type: number, what: string) => {
    const found = messages.find((message) => message.type === type);
    if (!found) throw damaged(source, `"${path}" has no ${what}`);
    if (found.shared) throw source.refuse(`"${path}" in the HDF5 file has a named ${what}, which ibex does not read: copy the dataset with h5py`);
    return messageCursor(source, found, `the ${what} of "${path}"`);
  };
  const found = readDatatype(source, one(MESSAGE.datatype, 'datatype'));
  // Keras keeps bfloat16 as opaque values of two bytes, with an attribute that says so.
  const type = bfloat16 && found.size === 2 && found.dtype === undefined ? { ...found, dtype: 'bfloat16' as const } : found;
  const { dtype } = type;
  if (!dtype) throw source.refuse(`"${path}" in the HDF5 file holds ${type.words}: expected numbers, booleans or strings`);
  const shape = readShape(source, one(MESSAGE.dataspace, 'shape'));
  if (!shape) throw source.refuse(`"${path}" in the HDF5 file is empty: expected numbers, booleans or strings`);
  if (dtype === 'string' && elements(shape) > mostTexts) {
    throw source.refuse(`"${path}" in the HDF5 file has ${elements(shape)} texts: at most ${mostTexts} are read`);
  }
  checkSize(source, elements(shape) * type.size, path);
  return { type: { ...type, dtype }, shape, messages };
}

/** Reads the values of a dataset. */
export function readDataset(source: Source, { type, shape, messages }: StoredDataset, path: string): Hdf5Dataset {
  const size = elements(shape) * type.size;
  // Values that overlap in the file would take memory for each.
  source.credit -= size;
  return { dtype: type.dtype, shape, data: readValues(source, type, readBytes(source, messages, path, { shape, valueSize: type.size, size })) };
}

function readBytes(source: Source, messages: readonly Message[], path: string, extent: Extent): Uint8Array {
  if (messages.some(({ type }) => type === MESSAGE.externalFiles)) {
    throw source.refuse(`"${path}" in the HDF5 file keeps its values in another file: do not trust it, or copy the dataset with h5py`);
  }
  const found = messages.find(({ type }) => type === MESSAGE.layout);
  if (!found) throw damaged(source, `"${path}" has no layout`);
  const layout = messageCursor(source, found, `the layout of "${path}"`);
  const version = layout.u8();
  if (version < 3 || version > 5) throw source.refuse(`"${path}" in the HDF5 file has a layout of version ${version}: ibex reads 3 to 5, rewrite the file with h5repack`);
  const kind = layout.u8();
  if (kind === 0) return exactly(source, layout.bytes(layout.u16()), path, extent.size);
  if (kind === 1) {
    const address = layout.address();
    const length = layout.u64();
    // Nothing was ever written: the values are the fill value, which is nothing that a model saves.
    if (address === undefined) {
      if (extent.size > 0) throw source.refuse(`"${path}" in the HDF5 file was never written: save the model again`);
      return new Uint8Array();
    }
    if (length !== extent.size) throw damaged(source, `"${path}" has ${length} bytes where its shape takes ${extent.size}`);
    return region(source, address, length, `"${path}"`);
  }
  if (kind === 2) return readChunks(source, version, layout, messages, path, extent);
  throw source.refuse(`"${path}" in the HDF5 file is put together from other datasets: do not trust it, or copy the dataset with h5py`);
}

function exactly(source: Source, bytes: Uint8Array, path: string, size: number): Uint8Array {
  if (bytes.length < size) throw damaged(source, `"${path}" has ${bytes.length} bytes where its shape takes ${size}`);
  return bytes.subarray(0, size);
}
