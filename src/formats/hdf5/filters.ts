import { unzlibSync } from 'fflate';
import { damaged, type Source } from './cursor.ts';
import { MESSAGE, messageCursor, type Message } from './header.ts';

/** One step that was taken with each chunk when it was written, and is taken back when it is read. */
interface Filter {
  readonly id: number;
  readonly settings: readonly number[];
}

const DEFLATE = 1;
const SHUFFLE = 2;
const FLETCHER32 = 3;
const names: Record<number, string> = { 4: 'szip', 5: 'nbit', 6: 'scaleoffset', 32000: 'lzf', 32001: 'blosc', 32004: 'lz4', 32015: 'zstd' };

/** The filters of a dataset, in the order of writing. */
export function readFilters(source: Source, messages: readonly Message[], path: string): Filter[] {
  const found = messages.find(({ type }) => type === MESSAGE.filters);
  if (!found) return [];
  const message = messageCursor(source, found, `the filters of "${path}"`);
  const version = message.u8();
  if (version !== 1 && version !== 2) throw damaged(source, `filters of version ${version}`);
  const count = message.u8();
  if (version === 1) message.skip(6);
  return Array.from({ length: count }, () => {
    const id = message.u16();
    const nameLength = version === 1 || id >= 256 ? message.u16() : 0;
    message.skip(2);
    const settingCount = message.u16();
    message.skip(nameLength);
    const settings = Array.from({ length: settingCount }, () => message.u32());
    if (version === 1 && settingCount % 2 === 1) message.skip(4);
    if (id !== DEFLATE && id !== SHUFFLE && id !== FLETCHER32) {
      throw source.refuse(`"${path}" in the HDF5 file is packed by ${names[id] ?? `filter ${id}`}: ibex reads gzip and shuffle, rewrite it with h5repack -f GZIP=4`);
    }
    return { id, settings };
  });
}

/**
 * A chunk as it was before it was written.
 * @param skipped bit i: filter i was left out for this chunk
 * @param size bytes of a whole chunk
 */
export function undoFilters(source: Source, filters: readonly Filter[], skipped: number, packed: Uint8Array, size: number, path: string): Uint8Array {
  const used = filters.filter((_, i) => ((skipped >>> i) & 1) === 0);
  let chunk = packed;
  // A checksum adds four bytes to what the later filters got.
  let expected = size + 4 * used.filter(({ id }) => id === FLETCHER32).length;
  for (const { id, settings } of used.reverse()) {
    if (id === DEFLATE) chunk = inflate(source, chunk, expected, path);
    else if (id === SHUFFLE) chunk = unshuffle(source, chunk, settings[0] ?? 0, path);
    else {
      expected -= 4;
      chunk = checked(source, chunk, path);
    }
  }
  if (chunk.length !== size) throw damaged(source, `a chunk of "${path}" has ${chunk.length} bytes, not ${size}`);
  return chunk;
}

function inflate(source: Source, packed: Uint8Array, size: number, path: string): Uint8Array {
  try {
    // Into a buffer of the right size: what unpacks to more is cut off there.
    const chunk = unzlibSync(packed, { out: new Uint8Array(size) });
    if (chunk.length === size) return chunk;
  } catch {
    // Said below.
  }
  throw damaged(source, `a chunk of "${path}" cannot be unpacked`);
}

/** Shuffled: all first bytes of the values, then all second bytes, and so on. */
function unshuffle(source: Source, bytes: Uint8Array, valueSize: number, path: string): Uint8Array {
  if (valueSize < 1 || valueSize > bytes.length) throw damaged(source, `a chunk of "${path}" is shuffled by ${valueSize} bytes`);
  const count = Math.floor(bytes.length / valueSize);
  const plain = bytes.slice();
  for (let k = 0; k < valueSize; k++) {
    for (let i = 0; i < count; i++) plain[i * valueSize + k] = bytes[k * count + i]!;
  }
  return plain;
}

/** Takes off the checksum of Fletcher (1982) over 16-bit words, as HDF5 has it: big-endian words, a last odd byte as its upper half. */
function checked(source: Source, bytes: Uint8Array, path: string): Uint8Array {
  const end = bytes.length - 4;
  let sum = 0;
  let sumOfSums = 0;
  for (let at = 0; at < end; at += 2) {
    sum = (sum + (bytes[at]! << 8) + (at + 1 < end ? bytes[at + 1]! : 0)) % 65535;
    sumOfSums = (sumOfSums + sum) % 65535;
  }
  const stored = end < 0 ? -1 : bytes[end]! + bytes[end + 1]! * 2 ** 8 + bytes[end + 2]! * 2 ** 16 + bytes[end + 3]! * 2 ** 24;
  if (stored !== sumOfSums * 2 ** 16 + sum) throw damaged(source, `the checksum of a chunk of "${path}" is wrong`);
  return bytes.subarray(0, end);
}
