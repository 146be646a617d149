import { cursor, damaged, type Cursor, type Source } from './cursor.ts';

/** The kinds of header message that ibex reads (HDF5 File Format Specification 3.0, IV.A.2). */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  groupInfo: 0x0a,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

/** One fact about a group or a dataset: its shape, its type, an attribute, a link... */
export interface Message {
  readonly type: number;
  /** True when the message stands elsewhere and is only referred to. */
  readonly shared: boolean;
  readonly at: number;
  readonly length: number;
}

export const messageCursor = (source: Source, { at, length }: Message, what: string) => cursor(source, at, length, what);

interface Block {
  readonly at: number;
  readonly length: number;
}

/** The messages of the object whose header is at an address: of the first format version, or of the second ("OHDR"). */
export function readHeader(source: Source, address: number): Message[] {
  const version = cursor(source, address, 4, 'an object header').u8();
  if (version === 1) return readFirst(source, address);
  if (version === 0x4f) return readSecond(source, address);
  throw damaged(source, `no object header at byte ${address}`);
}

function readFirst(source: Source, address: number): Message[] {
  const prefix = cursor(source, address, 16, 'an object header');
  prefix.skip(2);
  const count = prefix.u16();
  prefix.skip(4);
  const blocks: Block[] = [{ at: address + 16, length: prefix.u32() }];
  const messages: Message[] = [];
  // Blocks are added while they are gone through.
  for (const { at, length } of blocks) {
    const block = cursor(source, at, length, 'a block of an object header');
    while (block.left() >= 8 && messages.length < count) {
      const type = block.u16();
      const size = block.u16();
      const flags = block.u8();
      block.skip(3);
      messages.push(message(type, flags, size, block));
      const last = messages[messages.length - 1]!;
      if (type === MESSAGE.continuation) blocks.push(continuation(source, last));
    }
  }
  return messages;
}

function readSecond(source: Source, address: number): Message[] {
  // The prefix has at most 34 bytes; the block after it is checked by its own length.
  const prefix = cursor(source, address, Math.min(34, source.bytes.length - address), 'an object header');
  prefix.signature('OHDR');
  const version = prefix.u8();
  if (version !== 2) throw damaged(source, `an object header of version ${version} at byte ${address}`);
  const flags = prefix.u8();
  if (flags & 0x20) prefix.skip(16);
  if (flags & 0x10) prefix.skip(4);
  const ordered = (flags & 0x04) !== 0;
  const length = prefix.uint(1 << (flags & 3));
  const blocks: Block[] = [{ at: prefix.at(), length }];
  const messages: Message[] = [];
  for (const { at, length } of blocks) {
    const block = cursor(source, at, length, 'a block of an object header');
    while (block.left() >= (ordered ? 6 : 4)) {
      const type = block.u8();
      const size = block.u16();
      const flags = block.u8();
      if (ordered) block.skip(2);
      messages.push(message(type, flags, size, block));
      const last = messages[messages.length - 1]!;
      if (type !== MESSAGE.continuation) continue;
      const next = continuation(source, last);
      cursor(source, next.at, 4, 'a block of an object header').signature('OCHK');
      // Between the signature and the checksum.
      blocks.push({ at: next.at + 4, length: next.length - 8 });
    }
  }
  return messages;
}

function message(type: number, flags: number, size: number, block: Cursor): Message {
  const at = block.at();
  block.skip(size);
  return { type, shared: (flags & 2) !== 0, at, length: size };
}

function continuation(source: Source, found: Message): Block {
  const body = messageCursor(source, found, 'the continuation of an object header');
  return { at: body.u64(), length: body.u64() };
}
