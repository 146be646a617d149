import { cursor, damaged, type Cursor, type Source } from './cursor.ts';
import { heapObjects } from './fractalHeap.ts';
import { MESSAGE, messageCursor, type Message } from './header.ts';
import { localHeap } from './heaps.ts';

/** A member of a group: a name, and where the header of the object lies. */
export interface Link {
  readonly name: string;
  readonly address: number;
}

export const isGroup = (messages: readonly Message[]) =>
  messages.some(({ type }) => type === MESSAGE.symbolTable || type === MESSAGE.linkInfo || type === MESSAGE.groupInfo || type === MESSAGE.link);

/** The members of a group, from its symbol table (the earliest format) or its links (the later one). Links that lead elsewhere are refused. */
export function readLinks(source: Source, messages: readonly Message[], path: string): Link[] {
  const refuseLink = (name: string, kind: string) =>
    source.refuse(`"${path}${name}" in the HDF5 file is ${kind}: do not trust it, or copy what it points to with h5py`);
  const links: Link[] = [];
  for (const found of messages) {
    const message = messageCursor(source, found, `the members of the group "${path}"`);
    if (found.type === MESSAGE.symbolTable) {
      const tree = message.u64();
      const nameAt = localHeap(source, message.u64());
      for (const { name, address, soft } of symbols(source, tree, nameAt)) {
        if (soft) throw refuseLink(name, 'a soft link');
        links.push({ name, address });
      }
    } else if (found.type === MESSAGE.link) links.push(readLink(source, message, refuseLink));
    else if (found.type === MESSAGE.linkInfo) {
      message.skip(1);
      if (message.u8() & 1) message.skip(8);
      for (const object of heapObjects(source, message.address(), message.address())) links.push(readLink(source, object, refuseLink));
    }
  }
  return links;
}

function* symbols(source: Source, address: number, nameAt: (offset: number) => string, level?: number): Generator<Link & { soft: boolean }> {
  const what = 'the list of members of a group';
  const prefix = cursor(source, address, 24, what);
  prefix.signature('TREE');
  const kind = prefix.u8();
  const found = prefix.u8();
  if (kind !== 0 || (level !== undefined && found !== level)) throw damaged(source, `${what} is not one`);
  const count = prefix.u16();
  const node = cursor(source, address + 24, count * 16, what);
  for (let i = 0; i < count; i++) {
    node.skip(8);
    const child = node.u64();
    if (found > 0) yield* symbols(source, child, nameAt, found - 1);
    else yield* symbolNode(source, child, nameAt);
  }
}

function* symbolNode(source: Source, address: number, nameAt: (offset: number) => string): Generator<Link & { soft: boolean }> {
  const what = 'a list of members of a group';
  const prefix = cursor(source, address, 8, what);
  prefix.signature('SNOD');
  prefix.skip(2);
  const count = prefix.u16();
  const entries = cursor(source, address + 8, count * 40, what);
  for (let i = 0; i < count; i++) {
    const name = nameAt(entries.u64());
    const object = entries.u64();
    const soft = entries.u32() === 2;
    entries.skip(20);
    yield { name, address: object, soft };
  }
}

/** A link message: hard (0), soft (1), to another file (64) or of a user's own kind. */
function readLink(source: Source, message: Cursor, refuseLink: (name: string, kind: string) => Error): Link {
  const version = message.u8();
  if (version !== 1) throw damaged(source, `a link of version ${version}`);
  const flags = message.u8();
  const kind = flags & 8 ? message.u8() : 0;
  if (flags & 4) message.skip(8);
  if (flags & 16) message.skip(1);
  const name = new TextDecoder().decode(message.bytes(message.uint(1 << (flags & 3))));
  if (kind !== 0) throw refuseLink(name, kind === 1 ? 'a soft link' : kind === 64 ? 'a link to another file' : 'a link of an unknown kind');
  return { name, address: message.u64() };
}
