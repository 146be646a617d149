import { cursor, damaged, type Cursor, type Source } from './cursor.ts';

/** Bytes that a number up to `limit` takes. */
export const bytesFor = (limit: number) => Math.floor(Math.floor(Math.log2(limit)) / 8) + 1;

interface Tree {
  readonly source: Source;
  readonly nodeSize: number;
  readonly recordSize: number;
  /** Bytes of the number of records in a node. */
  readonly countSize: number;
  /** Bytes of the number of records under a node, for each depth. */
  readonly totalSizes: readonly number[];
}

const what = 'the index of a group';
// Signature, version, kind, and the checksum at the end.
const overhead = 10;

/** The records of a B-tree of the second version, in order (HDF5 File Format Specification 3.0, III.A.2). */
export function* treeRecords(source: Source, address: number): Generator<Cursor> {
  const header = cursor(source, address, 34, what);
  header.signature('BTHD');
  header.skip(2);
  const nodeSize = header.u32();
  const recordSize = header.u16();
  const depth = header.u16();
  header.skip(2);
  const root = header.address();
  const count = header.u16();
  const most = Math.floor((nodeSize - overhead) / recordSize);
  // A tree of depth 8 would hold more than any file.
  if (!(most >= 1) || depth > 8) throw damaged(source, `${what} has impossible sizes`);
  const countSize = bytesFor(most);
  const totalSizes = [0];
  let total = most;
  for (let level = 1; level <= depth; level++) {
    const pointer = 8 + countSize + totalSizes[level - 1]!;
    const here = Math.floor((nodeSize - overhead - pointer) / (recordSize + pointer));
    total = (here + 1) * total + here;
    if (!(here >= 1)) throw damaged(source, `${what} has impossible sizes`);
    totalSizes.push(bytesFor(total));
  }
  if (root !== undefined) yield* node({ source, nodeSize, recordSize, countSize, totalSizes }, root, count, depth);
}

function* node(tree: Tree, address: number, count: number, depth: number): Generator<Cursor> {
  const { source, nodeSize, recordSize } = tree;
  const body = cursor(source, address, nodeSize, what);
  body.signature(depth === 0 ? 'BTLF' : 'BTIN');
  body.skip(2);
  const records = Array.from({ length: count }, () => {
    const at = body.at();
    body.skip(recordSize);
    return at;
  });
  for (let i = 0; i <= count; i++) {
    if (depth > 0) {
      const child = body.u64();
      const childCount = body.uint(tree.countSize);
      body.skip(tree.totalSizes[depth - 1]!);
      yield* node(tree, child, childCount, depth - 1);
    }
    if (i < count) yield cursor(source, records[i]!, recordSize, what);
  }
}
