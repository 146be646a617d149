import { cursor, damaged, region, type Source } from './cursor.ts';

const decoder = new TextDecoder();
const longest = 1024;

/** The text up to the first zero byte. */
export function textBeforeZero(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** The names of a group's members, by their offset in its local heap. */
export function localHeap(source: Source, address: number): (offset: number) => string {
  const header = cursor(source, address, 32, "a group's heap of names");
  header.signature('HEAP');
  header.skip(4);
  const size = header.u64();
  header.skip(8);
  const start = header.u64();
  return (offset) => {
    const from = region(source, start + offset, Math.min(longest + 1, size - offset), 'a name in a group');
    const end = from.indexOf(0);
    if (end < 0) throw damaged(source, `a name in a group has no end, or more than ${longest} bytes`);
    return decoder.decode(from.subarray(0, end));
  };
}

/** A string in a global heap collection, where strings of variable length stand. */
export function heapString(source: Source, address: number, index: number): string {
  let strings = source.strings.get(address);
  if (!strings) {
    strings = readCollection(source, address);
    source.strings.set(address, strings);
  }
  const found = strings.get(index);
  if (found === undefined) throw damaged(source, `no string ${index} in the heap at byte ${address}`);
  return found;
}

function readCollection(source: Source, address: number): ReadonlyMap<number, string> {
  const header = cursor(source, address, 16, 'a heap of strings');
  header.signature('GCOL');
  header.skip(4);
  const collection = cursor(source, address, header.u64(), 'a heap of strings');
  collection.skip(16);
  const strings = new Map<number, string>();
  while (collection.left() >= 16) {
    const index = collection.u16();
    // What follows index 0 is free.
    if (index === 0) break;
    collection.skip(6);
    const size = collection.u64();
    strings.set(index, textBeforeZero(collection.bytes(size)));
    collection.skip(Math.min((8 - (size % 8)) % 8, collection.left()));
  }
  return strings;
}
