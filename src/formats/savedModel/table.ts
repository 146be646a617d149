/** A sorted table of keys and values in a file: LevelDB's format (https://github.com/google/leveldb/blob/main/doc/table_format.md), which TensorFlow's checkpoints are indexed with. */
import { join, varintBytes } from '../../core/protobuf.ts';
import { maskedCrc32c } from '../crc32c.ts';

export interface Entry { readonly key: string; readonly value: Uint8Array }

const word = (...numbers: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(numbers).buffer);

/** Entries one after the other, none of which leaves out what its key has in common with the one before; and where each begins. */
function block(entries: readonly Entry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const starts: number[] = [];
  let at = 0;
  for (const { key, value } of entries) {
    const name = new TextEncoder().encode(key);
    const entry = join([Uint8Array.of(0), varintBytes(name.length), varintBytes(value.length), name, value]);
    starts.push(at);
    parts.push(entry);
    at += entry.length;
  }
  if (starts.length === 0) starts.push(0);
  return join([...parts, word(...starts, starts.length)]);
}

const notCompressed = Uint8Array.of(0);
/** Ends every table: LevelDB's magic number. */
const magic = word(0x8b80fb57, 0xdb477524);

/** @param entries - ordered by the bytes of their keys */
export function table(entries: readonly Entry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  /** Adds a block; gives what says where it is. */
  const add = (content: Uint8Array): Uint8Array => {
    const place = join([varintBytes(at), varintBytes(content.length)]);
    parts.push(content, notCompressed, word(maskedCrc32c(content, notCompressed)));
    at += content.length + 5;
    return place;
  };
  const data = add(block(entries));
  const others = add(block([]));
  const index = add(block([{ key: entries.at(-1)?.key ?? '', value: data }]));
  const footer = new Uint8Array(40);
  footer.set(join([others, index]));
  return join([...parts, footer, magic]);
}
