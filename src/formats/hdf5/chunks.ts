import { cursor, damaged, region, type Cursor, type Source } from './cursor.ts';
import { checkSize, elements, type Extent } from './dataspace.ts';
import { readFilters, undoFilters } from './filters.ts';
import type { Message } from './header.ts';

/** A piece of a dataset: where it begins in the dataset, and where it lies in the file, as packed bytes. */
interface Chunk {
  readonly offsets: readonly number[];
  readonly address: number;
  readonly size: number;
  /** Bit i: filter i was left out. */
  readonly skipped: number;
}

interface Grid {
  readonly chunkShape: readonly number[];
  /** Bytes of a chunk, unpacked. */
  readonly chunkSize: number;
  /** Chunks along each axis. */
  readonly counts: readonly number[];
  readonly filtered: boolean;
}

/**
 * The values of a dataset that lies in the file as chunks of equal shape.
 * @param layout the layout message, after its version and class
 */
export function readChunks(source: Source, version: number, layout: Cursor, messages: readonly Message[], path: string, extent: Extent): Uint8Array {
  const filters = readFilters(source, messages, path);
  const { grid, chunks } = readLayout(source, version, layout, filters.length > 0, path, extent);
  const values = allocate(source, extent.size, path);
  const seen = new Set<string>();
  for (const { offsets, address, size, skipped } of chunks) {
    const key = offsets.join();
    const inPlace = offsets.every((offset, axis) => offset < extent.shape[axis]! && offset % grid.chunkShape[axis]! === 0);
    if (seen.has(key) || !inPlace) throw damaged(source, `"${path}" has a chunk at ${key}, twice or out of place`);
    seen.add(key);
    // Packing adds a thousandth and a few bytes at most. Without a bound, each of many chunks could be the whole file.
    if (size > 1.01 * grid.chunkSize + 64) throw damaged(source, `a chunk of "${path}" has ${size} bytes, more than it holds`);
    const packed = region(source, address, size, `a chunk of "${path}"`);
    place(values, extent, undoFilters(source, filters, skipped, packed, grid.chunkSize, path), grid.chunkShape, offsets);
  }
  const expected = elements(grid.counts);
  if (seen.size !== expected) throw source.refuse(`"${path}" in the HDF5 file was written in part only: ${seen.size} of ${expected} chunks; save the model again`);
  return values;
}

/** The shape of the chunks, and the list of them: in the third version of the message a tree; in later ones by kind. */
function readLayout(source: Source, version: number, layout: Cursor, filtered: boolean, path: string, { shape, valueSize }: Extent): { grid: Grid; chunks: Iterable<Chunk> } {
  const flags = version > 3 ? layout.u8() : 0;
  const rank = layout.u8() - 1;
  const root = version === 3 ? layout.address() : undefined;
  const width = version > 3 ? layout.u8() : 4;
  const chunkShape = Array.from({ length: Math.max(0, rank) }, () => layout.uint(width));
  layout.skip(width);
  if (rank !== shape.length || chunkShape.some((length) => length === 0)) throw damaged(source, `the chunks of "${path}" do not fit its shape`);
  const counts = shape.map((length, axis) => Math.ceil(length / chunkShape[axis]!));
  const grid = { chunkShape, chunkSize: elements(chunkShape) * valueSize, counts, filtered };
  checkSize(source, elements(counts) * grid.chunkSize, path);
  if (version === 3) return { grid, chunks: root === undefined ? [] : tree(source, root, grid, path) };

  const kind = layout.u8();
  if (kind > 3) throw source.refuse(`"${path}" in the HDF5 file can grow, which ibex does not read: rewrite the file with h5repack`);
  const single = kind === 1 && flags & 2 ? { size: layout.u64(), skipped: layout.u32() } : { size: grid.chunkSize, skipped: 0 };
  if (kind === 3) layout.skip(1);
  const address = layout.address();
  if (address === undefined) return { grid, chunks: [] };
  if (kind === 1) return { grid, chunks: [{ offsets: counts.map(() => 0), address, ...single }] };
  return { grid, chunks: kind === 2 ? implicit(address, grid) : fixedArray(source, address, grid, path) };
}

function allocate(source: Source, size: number, path: string): Uint8Array {
  try {
    return new Uint8Array(size);
  } catch {
    throw source.refuse(`"${path}" in the HDF5 file needs ${size} bytes of memory, more than there is: rewrite the file with h5repack -f NONE`);
  }
}

/** Copies a chunk into the values, row by row, without what hangs over the edge. */
function place(values: Uint8Array, { shape, valueSize }: Extent, chunk: Uint8Array, chunkShape: readonly number[], offsets: readonly number[]): void {
  const copy = (axis: number, from: number, to: number) => {
    const length = Math.min(chunkShape[axis]!, shape[axis]! - offsets[axis]!);
    if (axis === shape.length - 1) {
      values.set(chunk.subarray(from * valueSize, (from + length) * valueSize), to * valueSize);
      return;
    }
    for (let i = 0; i < length; i++) copy(axis + 1, (from + i) * chunkShape[axis + 1]!, (to + i) * shape[axis + 1]! + offsets[axis + 1]!);
  };
  copy(0, 0, offsets[0]!);
}

/** Chunks listed in a B-tree of the first version, as all files of the earliest format have them. */
function* tree(source: Source, address: number, grid: Grid, path: string, level?: number): Generator<Chunk> {
  const what = `the list of chunks of "${path}"`;
  const rank = grid.counts.length;
  const prefix = cursor(source, address, 24, what);
  prefix.signature('TREE');
  const kind = prefix.u8();
  const found = prefix.u8();
  if (kind !== 1 || (level !== undefined && found !== level)) throw damaged(source, `${what} is not one`);
  const count = prefix.u16();
  const node = cursor(source, address + 24, count * (8 + 8 * (rank + 1) + 8), what);
  for (let i = 0; i < count; i++) {
    const size = node.u32();
    const skipped = node.u32();
    const offsets = Array.from({ length: rank }, () => node.u64());
    node.skip(8);
    const child = node.address();
    if (child === undefined) throw damaged(source, `${what} has a hole`);
    if (found > 0) yield* tree(source, child, grid, path, found - 1);
    else yield { offsets, address: child, size, skipped };
  }
}

/** Where the chunk of a running number begins. */
function offsetsOf(index: number, { counts, chunkShape }: Grid): number[] {
  const offsets: number[] = [];
  let rest = index;
  for (let axis = counts.length - 1; axis >= 0; axis--) {
    offsets[axis] = (rest % counts[axis]!) * chunkShape[axis]!;
    rest = Math.floor(rest / counts[axis]!);
  }
  return offsets;
}

/** Chunks one after the other, without filters and without a list. */
function* implicit(address: number, grid: Grid): Generator<Chunk> {
  for (let i = 0; i < elements(grid.counts); i++) {
    yield { offsets: offsetsOf(i, grid), address: address + i * grid.chunkSize, size: grid.chunkSize, skipped: 0 };
  }
}

/** Chunks listed in a "fixed array", in pages when it is long. */
function* fixedArray(source: Source, address: number, grid: Grid, path: string): Generator<Chunk> {
  const what = `the list of chunks of "${path}"`;
  const header = cursor(source, address, 24, what);
  header.signature('FAHD');
  header.skip(2);
  const entrySize = header.u8();
  const pageSize = 2 ** header.u8();
  const count = header.u64();
  const block = header.address();
  if (block === undefined) return;
  const pages = count > pageSize ? Math.ceil(count / pageSize) : 0;
  const prefix = cursor(source, block, 14 + Math.ceil(pages / 8), what);
  prefix.signature('FADB');
  // Pages have their own checksums of four bytes; so has what comes before them.
  let at = block + 14 + Math.ceil(pages / 8) + (pages > 0 ? 4 : 0);
  for (let first = 0; first < count; first += pageSize) {
    const length = Math.min(pageSize, count - first);
    const entries = cursor(source, at, length * entrySize, what);
    for (let i = first; i < first + length; i++) {
      const place = entries.address();
      const size = grid.filtered ? entries.uint(entrySize - 12) : grid.chunkSize;
      const skipped = grid.filtered ? entries.u32() : 0;
      if (place !== undefined) yield { offsets: offsetsOf(i, grid), address: place, size, skipped };
    }
    at += length * entrySize + 4;
  }
}
