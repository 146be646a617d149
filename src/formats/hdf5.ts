import { ModelError } from '../core/errors.ts';
import { readAttribute, type Hdf5Attribute } from './hdf5/attributes.ts';
import { cursor, damaged, type Source } from './hdf5/cursor.ts';
import { creditFor } from './hdf5/dataspace.ts';
import { describeDataset, readDataset, type Hdf5Dataset } from './hdf5/dataset.ts';
import type { Hdf5Type } from './hdf5/datatype.ts';
import { heapObjects } from './hdf5/fractalHeap.ts';
import { isGroup, readLinks } from './hdf5/groups.ts';
import { MESSAGE, messageCursor, readHeader, type Message } from './hdf5/header.ts';

export type { Hdf5Attribute, Hdf5Dataset, Hdf5Type };
export type { Hdf5Values } from './hdf5/values.ts';

/** An HDF5 file, read from memory. Paths have no slash in front; the root group is `''`. */
export interface Hdf5File {
  /** The paths of all datasets. */
  paths(): string[];
  /** The names in a group: of groups and datasets. They come in no order to rely on. */
  children(group: string): string[];
  /** What a dataset holds, without its values. */
  describe(path: string): { dtype: Hdf5Type; shape: readonly number[] };
  dataset(path: string): Hdf5Dataset;
  /** The attributes of a group or dataset that are strings, numbers, or lists of them. */
  attributes(path: string): ReadonlyMap<string, Hdf5Attribute>;
}

interface Found {
  readonly messages: readonly Message[];
  readonly children: readonly string[] | undefined;
}

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
// Keras nests a few names of some ten letters.
const longestPath = 4096;

/**
 * Reads an HDF5 file: all of the earliest format, which Keras and h5py write, and what models use of the later ones: contiguous, compact and
 * chunked datasets (gzip, shuffle, checksums), symbol tables and links. Everything else is refused by name.
 * The file is not trusted: whatever its bytes, this and the methods of the result end soon, and take memory in proportion to its size.
 * @param where who asks, for the errors: `loadModel("titanic.keras")`
 * @param packedSize bytes that it was unpacked from
 * @throws ModelError when it is no HDF5 file, is damaged or cut short, or leads to other files; the methods throw it for what they read
 */
export function readHdf5(file: Uint8Array, where: string, packedSize = file.length): Hdf5File {
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const source: Source = {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    refuse: (problem) => new ModelError(where, problem),
    patience: 0,
    credit: creditFor(packedSize),
    strings: new Map(),
  };
  const renewPatience = () => void (source.patience = 2 * bytes.length + 2 ** 20);
  renewPatience();
  const objects = new Map<string, Found>();
  walk(source, readRoot(source), '', objects, new Set());

  const find = (path: string) => {
    renewPatience();
    const found = objects.get(path);
    if (!found) throw source.refuse(`no "${path}" in the HDF5 file`);
    return found;
  };
  const attributes = (path: string) => readAttributes(source, find(path).messages);
  const describe = (path: string) => {
    const { messages, children } = find(path);
    if (children) throw source.refuse(`"${path}" in the HDF5 file is a group: expected a dataset`);
    return describeDataset(source, messages, path, attributes(path).get('dtype') === 'bfloat16');
  };
  return {
    paths: () => [...objects].filter(([, { children }]) => !children).map(([path]) => path),
    children: (group) => [...(find(group).children ?? [])],
    describe: (path) => {
      const { type, shape } = describe(path);
      return { dtype: type.dtype, shape };
    },
    dataset: (path) => readDataset(source, describe(path), path),
    attributes,
  };
}

/**
 * A list of strings, also one that was split over `name0`, `name1`, ... because an attribute holds 64 KB at most: Keras's `layer_names` and
 * `weight_names`. Undefined when there is none.
 */
export function textList(attributes: ReadonlyMap<string, Hdf5Attribute>, name: string): string[] | undefined {
  const whole = attributes.get(name);
  const parts = whole === undefined ? [] : [whole];
  if (whole === undefined) for (let i = 0; attributes.has(`${name}${i}`); i++) parts.push(attributes.get(`${name}${i}`)!);
  return parts.length === 0 ? undefined : parts.flat().map(String);
}

/** The address of the root group's header, from the superblock (HDF5 File Format Specification 3.0, II.A). */
function readRoot(source: Source): number {
  const { bytes } = source;
  if (!signature.every((byte, i) => bytes[i] === byte)) throw source.refuse('not an HDF5 file');
  const version = cursor(source, 8, 1, 'the beginning of the HDF5 file').u8();
  if (version > 3) throw source.refuse(`the HDF5 file has a superblock of version ${version}: ibex reads 0 to 3, rewrite it with h5repack`);
  const block = cursor(source, 9, version < 2 ? 87 + 4 * version : 39, 'the beginning of the HDF5 file');
  if (version < 2) block.skip(4);
  const wide = block.u8() === 8 && block.u8() === 8;
  if (!wide) throw source.refuse('the HDF5 file has addresses that are not of 64 bits, which ibex does not read: rewrite it with h5repack');
  block.skip(version < 2 ? 9 + 4 * version : 1);
  const base = block.u64();
  if (base !== 0) throw source.refuse('the HDF5 file has a user block, which ibex does not read: rewrite it with h5repack');
  block.skip(8);
  const end = block.u64();
  if (end > bytes.length) throw damaged(source, `it says that it has ${end} bytes, but ${bytes.length} are there`);
  block.skip(version < 2 ? 16 : 0);
  return block.u64();
}

/** Collects the group at an address, and all below it. */
function walk(source: Source, address: number, path: string, objects: Map<string, Found>, groups: Set<number>): void {
  const messages = readHeader(source, address);
  if (!isGroup(messages)) {
    // A named datatype is neither a group nor a dataset.
    if (messages.some(({ type }) => type === MESSAGE.layout)) objects.set(path, { messages, children: undefined });
    return;
  }
  if (groups.has(address)) throw source.refuse(`"${path}" in the HDF5 file is a group that has another name too: expected a tree`);
  groups.add(address);
  const prefix = path === '' ? '' : `${path}/`;
  const links = readLinks(source, messages, prefix);
  objects.set(path, { messages, children: links.map(({ name }) => name) });
  for (const link of links) {
    const below = prefix + link.name;
    if (link.name === '' || link.name.includes('/') || below.length > longestPath || objects.has(below)) {
      throw damaged(source, `a group has a member ${JSON.stringify(link.name.slice(0, 80))}, twice or with an impossible name`);
    }
    walk(source, link.address, below, objects, groups);
  }
}

function readAttributes(source: Source, messages: readonly Message[]): ReadonlyMap<string, Hdf5Attribute> {
  const attributes = new Map<string, Hdf5Attribute>();
  const add = (found: Message) => {
    const { name, value } = readAttribute(source, found);
    if (value !== undefined) attributes.set(name, value);
  };
  for (const found of messages) {
    if (found.shared) continue;
    if (found.type === MESSAGE.attribute) add(found);
    if (found.type === MESSAGE.attributeInfo) {
      const message = messageCursor(source, found, 'the list of attributes');
      message.skip(1);
      if (message.u8() & 1) message.skip(2);
      for (const object of heapObjects(source, message.address(), message.address())) {
        add({ type: MESSAGE.attribute, shared: false, at: object.at(), length: object.left() });
      }
    }
  }
  return attributes;
}
