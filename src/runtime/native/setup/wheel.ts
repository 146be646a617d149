/** Takes single files out of a wheel, which is a zip archive too large to be held in memory. */
import { closeSync, createReadStream, createWriteStream, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { ModelError } from '../../../core/errors.ts';

interface Member {
  name: string;
  deflated: boolean;
  crc: number;
  packedSize: number;
  size: number;
  /** Where its local header begins. */
  offset: number;
  executable: boolean;
}

const where = 'unpacking';

function read(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const got = readSync(file, bytes, 0, length, position);
  if (got !== length) throw new ModelError(where, 'the archive ends too early');
  return bytes;
}

/** The archive's central directory. */
function list(file: number): Member[] {
  const { size } = fstatSync(file);
  const tail = read(file, Math.max(0, size - 65557), Math.min(size, 65557));
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new ModelError(where, 'not a zip archive, or one that was cut off');
  const count = tail.readUInt16LE(end + 10);
  const start = tail.readUInt32LE(end + 16);
  if (count === 0xffff || start === 0xffffffff) throw new ModelError(where, 'zip64 archives are not read here');
  const directory = read(file, start, tail.readUInt32LE(end + 12));
  const members: Member[] = [];
  for (let p = 0; members.length < count; ) {
    const [nameLength, extra, comment] = [directory.readUInt16LE(p + 28), directory.readUInt16LE(p + 30), directory.readUInt16LE(p + 32)];
    const method = directory.readUInt16LE(p + 10);
    const name = directory.toString('utf8', p + 46, p + 46 + nameLength);
    if (method !== 0 && method !== 8) throw new ModelError(where, `${name} is packed by method ${method}; only stored and deflated files are read here`);
    members.push({
      name,
      deflated: method === 8,
      crc: directory.readUInt32LE(p + 16),
      packedSize: directory.readUInt32LE(p + 20),
      size: directory.readUInt32LE(p + 24),
      offset: directory.readUInt32LE(p + 42),
      // Unix permissions are in the upper half of the external attributes.
      executable: (directory.readUInt32LE(p + 38) & (0o100 << 16)) !== 0,
    });
    p += 46 + nameLength + extra + comment;
  }
  return members;
}

/** Where a file's bytes begin: its local header has a length of its own. */
function contentStart(file: number, { offset }: Member): number {
  const header = read(file, offset, 30);
  return offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

/** Unpacks one file beside its place and moves it there once its checksum is right, so that a file in place is a whole one. */
async function unpack(archive: string, file: number, member: Member, place: string): Promise<void> {
  const start = contentStart(file, member);
  mkdirSync(dirname(place), { recursive: true });
  const part = `${place}.part`;
  let sum = 0;
  async function* check(source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      sum = crc32(chunk, sum);
      yield chunk;
    }
  }
  const packed = createReadStream(archive, { start, end: start + member.packedSize - 1, highWaterMark: 1 << 20 });
  const target = createWriteStream(part, { mode: member.executable ? 0o755 : 0o644 });
  try {
    if (member.deflated) await pipeline(packed, createInflateRaw({ chunkSize: 1 << 20 }), check, target);
    else await pipeline(packed, check, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall) throw error;
    throw new ModelError(where, `${member.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (sum !== member.crc || statSync(part).size !== member.size) throw new ModelError(where, `${member.name} has a wrong checksum: the download is damaged`);
  renameSync(part, place);
}

/**
 * Unpacks the wanted files of an archive, except those that are in place already.
 * @returns the number of wanted files and their bytes
 * @throws ModelError if the archive is damaged
 */
export async function extract(archive: string, folder: string, isWanted: (name: string) => boolean): Promise<{ files: number; bytes: number }> {
  const file = openSync(archive, 'r');
  try {
    const members = list(file).filter(({ name, size }) => size > 0 && isWanted(name) && !name.split('/').includes('..'));
    for (const member of members) {
      const place = join(folder, member.name);
      if (!existsSync(place) || statSync(place).size !== member.size) await unpack(archive, file, member, place);
    }
    return { files: members.length, bytes: members.reduce((sum, { size }) => sum + size, 0) };
  } finally {
    closeSync(file);
  }
}

/** The text of the first file whose name fits. @throws ModelError if there is none */
export async function readText(archive: string, isWanted: (name: string) => boolean): Promise<string> {
  const file = openSync(archive, 'r');
  try {
    const member = list(file).find(({ name }) => isWanted(name));
    if (!member) throw new ModelError(where, `${archive} lacks a file that it should have`);
    const packed = read(file, contentStart(file, member), member.packedSize);
    return (member.deflated ? inflateRawSync(packed) : packed).toString('utf8');
  } finally {
    closeSync(file);
  }
}
