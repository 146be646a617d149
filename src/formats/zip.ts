import { Inflate } from 'fflate';
import { ModelError } from '../core/errors.ts';
import { crc32 } from './crc32.ts';

/** A file in a zip archive. Its bytes are taken out, and checked, when they are asked for. */
export interface ZipMember {
  readonly name: string;
  /** Bytes, unpacked. */
  readonly size: number;
  /** Bytes in the archive. */
  readonly packedSize: number;
  /**
   * The bytes: a view of the archive for a stored member (not to be written to), a new array for a deflated one.
   * @throws ModelError when they are encrypted, packed in another way, damaged, or more than they should be
   */
  bytes(): Uint8Array;
  /**
   * The bytes, from a multiple of eight on, so that numbers in them need no copy. They are moved within the archive, which has this member no more.
   * @throws ModelError as `bytes` does
   */
  take(): Uint8Array;
}

interface Entry {
  readonly name: string;
  readonly rawName: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  readonly offset: number;
}

interface Archive {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Bytes in front of the archive proper: offsets count from there. */
  readonly start: number;
  readonly directory: number;
  readonly refuse: (problem: string) => ModelError;
}

const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 0x2041;
const again = 'copy or download the file again';

// Deflate can blow one byte up to a thousand. Weights do not shrink like that: beyond 32 MiB, twentyfold is the most that is believed.
const freeSize = 2 ** 25;
const believedRatio = 20;

/**
 * The files in a zip archive, by name, in the archive's order (APPNOTE.TXT 6.3.10, with zip64, stored and deflated members).
 * @param where who asks, for the errors: `loadModel("titanic.keras")`
 * @throws ModelError when it is no zip archive, is cut short or damaged, or has names that lead out of it or occur twice
 */
export function readZip(file: Uint8Array, where: string): ReadonlyMap<string, ZipMember> {
  const refuse = (problem: string) => new ModelError(where, problem);
  // A Buffer of Node becomes what it is a kind of, for what is cut from it goes out to others.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { archive, count } = findDirectory(bytes, view, refuse);
  const members = new Map<string, ZipMember>();
  let at = archive.directory;
  for (let i = 0; i < count; i++) {
    const { entry, next } = readEntry(archive, at);
    at = next;
    if (members.has(entry.name)) throw refuse(`the zip archive has two members "${entry.name}": save the model again`);
    members.set(entry.name, {
      name: entry.name, size: entry.size, packedSize: entry.packedSize,
      bytes: () => unpack(archive, entry), take: () => aligned(unpack(archive, entry)),
    });
  }
  return members;
}

/** Finds the list of members by the record at the archive's end. */
function findDirectory(bytes: Uint8Array, view: DataView, refuse: Archive['refuse']): { archive: Archive; count: number } {
  const end = findEnd(view);
  if (end === undefined) {
    const begun = view.byteLength >= 4 && view.getUint32(0, true) === 0x04034b50;
    throw refuse(begun ? `the zip archive is cut short: its end is missing; ${again}` : 'not a zip archive: expected a .keras file');
  }
  let count = view.getUint16(end + 10, true);
  let size = view.getUint32(end + 12, true);
  let offset = view.getUint32(end + 16, true);
  let directoryEnd = end;
  if (count === 0xffff || size === 0xffffffff || offset === 0xffffffff) {
    if (end >= 20 && view.getUint32(end - 20, true) === 0x07064b50) {
      directoryEnd = Number(view.getBigUint64(end - 12, true));
      if (directoryEnd + 56 > end || view.getUint32(directoryEnd, true) !== 0x06064b50) throw refuse(`the zip archive is damaged at its end; ${again}`);
      count = Number(view.getBigUint64(directoryEnd + 32, true));
      size = Number(view.getBigUint64(directoryEnd + 40, true));
      offset = Number(view.getBigUint64(directoryEnd + 48, true));
    }
  } else if (view.getUint32(end + 4, true) !== 0) throw refuse('the zip archive is split over several files: join them first');
  const directory = directoryEnd - size;
  const start = directory - offset;
  if (start < 0) throw refuse(`the zip archive is cut short: ${-start} bytes are missing; ${again}`);
  if (count * 46 > size) throw refuse(`the zip archive is damaged: its list of ${count} members has ${size} bytes; ${again}`);
  return { archive: { bytes, view, start, directory, refuse }, count };
}

/** The place of the "end of central directory" record: 22 bytes and a comment, at the end. */
function findEnd(view: DataView): number | undefined {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at--) {
    if (view.getUint32(at, true) === 0x06054b50 && at + 22 + view.getUint16(at + 20, true) <= view.byteLength) return at;
  }
  return undefined;
}

function readEntry({ bytes, view, refuse }: Archive, at: number): { entry: Entry; next: number } {
  const damaged = () => refuse(`the zip archive is damaged in its list of members; ${again}`);
  if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) throw damaged();
  const extra = at + 46 + view.getUint16(at + 28, true);
  const extraEnd = extra + view.getUint16(at + 30, true);
  const next = extraEnd + view.getUint16(at + 32, true);
  if (next > bytes.length) throw damaged();
  const rawName = bytes.subarray(at + 46, extra);
  const name = new TextDecoder().decode(rawName);
  if (/^\/|^[a-z]:|\\|\0|(^|\/)\.\.(\/|$)/i.test(name)) {
    throw refuse(`the zip archive has a member ${JSON.stringify(name)}, a name that leads out of it: do not trust it`);
  }
  const wide = wideNumbers(view, extra, extraEnd);
  const number = (place: number) => {
    const value = view.getUint32(place, true);
    if (value !== 0xffffffff) return value;
    const { value: wider, done } = wide.next();
    return done ? value : wider;
  };
  const size = number(at + 24);
  const packedSize = number(at + 20);
  const offset = number(at + 42);
  const [flags, method, crc] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
  return { entry: { name, rawName, flags, method, crc, packedSize, size, offset }, next };
}

/** The zip64 extra field: 64-bit numbers for those that are all ones in the entry itself, in this order. */
function* wideNumbers(view: DataView, extra: number, extraEnd: number): Generator<number, undefined> {
  for (let at = extra; at + 4 <= extraEnd; at += 4 + view.getUint16(at + 2, true)) {
    const end = Math.min(at + 4 + view.getUint16(at + 2, true), extraEnd);
    if (view.getUint16(at, true) !== 1) continue;
    for (let place = at + 4; place + 8 <= end; place += 8) yield Number(view.getBigUint64(place, true));
  }
}

function unpack({ bytes, view, start, directory, refuse }: Archive, entry: Entry): Uint8Array {
  const { name, method, packedSize, size } = entry;
  const broken = (what: string) => refuse(`"${name}" in the zip archive ${what}`);
  if (entry.flags & ENCRYPTED) throw broken('is encrypted: save it without a password');
  if (method !== STORED && method !== DEFLATED) throw broken(`is packed by method ${method}: ibex reads stored and deflated members, save it as one of these`);
  const header = start + entry.offset;
  const damaged = () => broken(`is damaged: its header and the archive's list differ; ${again}`);
  if (header + 30 > directory || view.getUint32(header, true) !== 0x04034b50) throw damaged();
  const data = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  const localName = bytes.subarray(header + 30, header + 30 + view.getUint16(header + 26, true));
  const sameName = localName.length === entry.rawName.length && localName.every((byte, i) => byte === entry.rawName[i]);
  if (data + packedSize > directory || !sameName) throw damaged();
  const packed = bytes.subarray(data, data + packedSize);
  if (method === STORED && packedSize !== size) throw damaged();
  const content = method === STORED ? packed : inflate(packed, size, broken);
  if (crc32(content) !== entry.crc) throw broken(`is damaged: its checksum is wrong; ${again}`);
  return content;
}

/** Moves bytes that lie in an archive to the multiple of eight before them: onto their own header, which has thirty bytes at least. */
function aligned(bytes: Uint8Array): Uint8Array {
  const shift = bytes.byteOffset % 8;
  if (shift === 0) return bytes;
  const whole = new Uint8Array(bytes.buffer, bytes.byteOffset - shift, bytes.length + shift);
  whole.copyWithin(0, shift);
  return whole.subarray(0, bytes.length);
}

/** Unpacks piece by piece, so that no more than the promised size (which is itself bounded) is ever held. */
function inflate(packed: Uint8Array, size: number, broken: (what: string) => ModelError): Uint8Array {
  if (size > Math.max(freeSize, believedRatio * packed.length)) {
    throw broken(`would unpack from ${packed.length} to ${size} bytes, which no model does: do not trust it, or pack it without compression`);
  }
  let content: Uint8Array;
  try {
    content = new Uint8Array(size);
  } catch {
    throw broken(`needs ${size} bytes of memory, more than there is: save it stored, not deflated`);
  }
  let filled = 0;
  const stream = new Inflate((piece) => {
    if (filled + piece.length > size) throw broken(`unpacks to more than the ${size} bytes it promises: do not trust it`);
    content.set(piece, filled);
    filled += piece.length;
  });
  try {
    for (let at = 0; at < packed.length; at += 2 ** 16) stream.push(packed.subarray(at, at + 2 ** 16), at + 2 ** 16 >= packed.length);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw broken(`is damaged: ${error instanceof Error ? error.message : 'it cannot be unpacked'}; ${again}`);
  }
  if (filled !== size) throw broken(`is damaged: it unpacks to ${filled} bytes, not ${size}; ${again}`);
  return content;
}
