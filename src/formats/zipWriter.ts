import { ModelError } from '../core/errors.ts';
import { crc32 } from './crc32.ts';

/** A file for a zip archive: its bytes in one piece, or in pieces in order. */
export interface NewZipMember {
  readonly name: string;
  readonly content: Uint8Array | readonly Uint8Array[];
}

const UTF8_NAME = 0x0800;
// 1 January 1980, the zero of zip's calendar: the same model saved twice gives the same bytes.
const date = 0x0021;
const version = 20;
const largest = 0xffffffff;

/**
 * A zip archive as pieces to be written one after the other; the contents are among them, not copied.
 * Members are stored in the order given, as Keras stores them: no compression, no data descriptors, no extra fields.
 * @param where who asks, for the errors: `model.save`
 * @throws ModelError for a name given twice, and for more than 4 GiB or 65,534 members, which take the zip64 format
 */
export function writeZip(members: readonly NewZipMember[], where: string): Uint8Array[] {
  if (members.length >= 0xffff) throw new ModelError(where, `${members.length} members are more than a zip archive takes: at most 65,534`);
  const pieces: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  const names = new Set<string>();
  let offset = 0;
  for (const { name, content } of members) {
    if (names.has(name)) throw new ModelError(where, `two members of the zip archive are called "${name}": rename one`);
    names.add(name);
    const contents = content instanceof Uint8Array ? [content] : content;
    const size = contents.reduce((sum, { length }) => sum + length, 0);
    const encoded = new TextEncoder().encode(name);
    const next = offset + 30 + encoded.length + size;
    if (next > largest) throw new ModelError(where, 'the file would have more than the 4 GiB that a zip archive takes: split the model');
    // What the header of a member and its entry in the directory have in common.
    const shared = new DataView(new ArrayBuffer(26));
    shared.setUint16(0, version, true);
    shared.setUint16(2, encoded.length === name.length ? 0 : UTF8_NAME, true);
    shared.setUint16(8, date, true);
    shared.setUint32(10, contents.reduce((crc, piece) => crc32(piece, crc), 0), true);
    shared.setUint32(14, size, true);
    shared.setUint32(18, size, true);
    shared.setUint16(22, encoded.length, true);
    pieces.push(record(0x04034b50, [shared, encoded]), ...contents);
    directory.push(directoryEntry(shared, encoded, offset));
    offset = next;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  return [...pieces, ...directory, endRecord(members.length, size, offset)];
}

function record(signature: number, parts: readonly (DataView | Uint8Array)[]): Uint8Array {
  const bytes = new Uint8Array(4 + parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  new DataView(bytes.buffer).setUint32(0, signature, true);
  let at = 4;
  for (const { buffer, byteOffset, byteLength } of parts) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}

function directoryEntry(shared: DataView, name: Uint8Array, offset: number): Uint8Array {
  const madeBy = new Uint8Array([version, 3]);
  const rest = new DataView(new ArrayBuffer(14));
  // A plain file of Unix that its owner may read and write.
  rest.setUint32(6, 0o100644 * 0x10000, true);
  rest.setUint32(10, offset, true);
  return record(0x02014b50, [madeBy, shared, rest, name]);
}

function endRecord(count: number, size: number, offset: number): Uint8Array {
  const end = new DataView(new ArrayBuffer(18));
  end.setUint16(4, count, true);
  end.setUint16(6, count, true);
  end.setUint32(8, size, true);
  end.setUint32(12, offset, true);
  return record(0x06054b50, [end]);
}
