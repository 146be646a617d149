import { bytesFor, treeRecords } from './btree2.ts';
import { cursor, damaged, type Cursor, type Source } from './cursor.ts';

interface Heap {
  readonly source: Source;
  /** Blocks in a row; the rows of blocks double in size from the second row on. */
  readonly width: number;
  readonly firstSize: number;
  /** Rows whose blocks hold objects; the blocks of later rows hold blocks. */
  readonly directRows: number;
  /** Bytes of an offset in the heap. */
  readonly offsetSize: number;
  readonly lengthSize: number;
}

const what = 'the heap of a group';
const NAME_INDEX_OF_LINKS = 5;

/**
 * The objects in a fractal heap, by the index of their names: the links of a large group of the later format, or the attributes of an object
 * that has many (HDF5 File Format Specification 3.0, III.G).
 */
export function* heapObjects(source: Source, address: number | undefined, index: number | undefined): Generator<Cursor> {
  if (address === undefined || index === undefined) return;
  const header = cursor(source, address, 142, what);
  header.signature('FRHP');
  header.skip(3);
  const filters = header.u16();
  header.skip(1);
  const largest = header.u32();
  header.skip(96);
  const width = header.u16();
  const firstSize = header.u64();
  const largestBlock = header.u64();
  const bits = header.u16();
  header.skip(2);
  const root = header.address();
  const rows = header.u16();
  if (filters > 0) throw source.refuse('the HDF5 file has packed lists of members, which ibex does not read: rewrite it with h5repack');
  if (!(width >= 1 && firstSize >= 1 && largestBlock >= firstSize && largest >= 1)) throw damaged(source, `${what} has impossible sizes`);
  const lengthSize = Math.min(Math.ceil(Math.log2(largestBlock) / 8), bytesFor(largest));
  const directRows = Math.log2(largestBlock) - Math.log2(firstSize) + 2;
  const heap = { source, width, firstSize, directRows, offsetSize: Math.ceil(bits / 8), lengthSize };
  const kind = cursor(source, index, 6, 'the index of a group');
  kind.skip(5);
  const isLinks = kind.u8() === NAME_INDEX_OF_LINKS;
  for (const record of treeRecords(source, index)) {
    // A record for a link begins with a hash of its name.
    if (isLinks) record.skip(4);
    if ((record.u8() & 0x30) !== 0) throw source.refuse('the HDF5 file has an attribute of more than 64 KB, which ibex does not read: save the model again');
    const offset = record.uint(heap.offsetSize);
    const length = record.uint(heap.lengthSize);
    if (root === undefined) throw damaged(source, `${what} is empty`);
    const at = rows === 0 ? root + offset : locate(heap, root, rows, offset);
    yield cursor(source, at, length, what);
  }
}

/** Where an offset in the heap lies in the file, from a block of blocks with so many rows. */
function locate(heap: Heap, address: number, rows: number, offset: number): number {
  const { source, width, firstSize, directRows, offsetSize } = heap;
  const row = offset < width * firstSize ? 0 : Math.floor(Math.log2(offset / (width * firstSize))) + 1;
  const size = firstSize * 2 ** Math.max(0, row - 1);
  const inRow = offset - (row === 0 ? 0 : width * size);
  const column = Math.floor(inRow / size);
  const block = cursor(source, address, 13 + offsetSize + rows * width * 8, what);
  block.signature('FHIB');
  if (row >= rows) throw damaged(source, `${what} has no byte ${offset}`);
  block.skip(9 + offsetSize + (row * width + column) * 8);
  const child = block.u64();
  const rest = inRow - column * size;
  return row < directRows ? child + rest : locate(heap, child, Math.log2(size) - Math.log2(firstSize * width) + 1, rest);
}
