import { builder, nowhere } from './builder.ts';

/** A member of a new group: its name, and where its header lies. */
export interface NewLink {
  readonly name: Uint8Array;
  readonly address: number;
}

// Half of what a node of names and a node of nodes hold; HDF5's defaults, which the superblock repeats.
export const namesHalf = 4;
export const nodesHalf = 16;

interface Child {
  readonly address: number;
  /** The last name under it, by its offset among the names. */
  readonly last: number;
}

/**
 * The structures of a group of the earliest format, from an address on: its names, its nodes of members, and the tree over them
 * (HDF5 File Format Specification 3.0, III.A.1, III.C, III.D).
 */
export function groupTables(links: readonly NewLink[], start: number): { tree: number; heap: number; bytes: Uint8Array } {
  const sorted = [...links].sort((a, b) => compare(a.name, b.name));
  // The empty name is at offset 0.
  const names = builder().u64(0);
  const offsets = sorted.map(({ name }) => {
    const offset = names.length();
    names.bytes(name).u8(0).pad();
    return offset;
  });
  const bytes = builder();
  bytes.bytes(letters('HEAP')).u8(0, 0, 0, 0).u64(names.length(), 1, start + 32).bytes(names.done());

  let children: Child[] = [];
  for (let first = 0; first < sorted.length; first += 2 * namesHalf) {
    const members = sorted.slice(first, first + 2 * namesHalf);
    children.push({ address: start + bytes.length(), last: offsets[first + members.length - 1]! });
    bytes.bytes(letters('SNOD')).u8(1, 0).u16(members.length);
    members.forEach(({ address }, i) => bytes.u64(offsets[first + i]!, address, 0, 0, 0));
    bytes.pad(children[children.length - 1]!.address - start + 8 + 2 * namesHalf * 40);
  }
  for (let level = 0; level === 0 || children.length > 1; level++) children = treeLevel(children, level, start, bytes);
  return { tree: children[0]!.address, heap: start, bytes: bytes.done() };
}

/** The nodes over a list of nodes: at least one. */
function treeLevel(children: readonly Child[], level: number, start: number, bytes: ReturnType<typeof builder>): Child[] {
  const size = 24 + (4 * nodesHalf + 1) * 8;
  const first = start + bytes.length();
  const count = Math.max(1, Math.ceil(children.length / (2 * nodesHalf)));
  const nodes: Child[] = [];
  for (let i = 0; i < count; i++) {
    const below = children.slice(i * 2 * nodesHalf, (i + 1) * 2 * nodesHalf);
    bytes.bytes(letters('TREE')).u8(0, level).u16(below.length);
    if (i > 0) bytes.u64(first + (i - 1) * size);
    else bytes.bytes(nowhere);
    if (i < count - 1) bytes.u64(first + (i + 1) * size);
    else bytes.bytes(nowhere);
    // Between two children stands the last name of the left one.
    bytes.u64(nodes[i - 1]?.last ?? 0);
    for (const { address, last } of below) bytes.u64(address, last);
    nodes.push({ address: first + i * size, last: below[below.length - 1]?.last ?? 0 });
    bytes.pad(first - start + (i + 1) * size);
  }
  return nodes;
}

const letters = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));

/** By bytes, as C compares strings. */
function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
