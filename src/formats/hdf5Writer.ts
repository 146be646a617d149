import { ModelError } from '../core/errors.ts';
import { builder, nowhere } from './hdf5/builder.ts';
import { MESSAGE } from './hdf5/header.ts';
import { groupTables, namesHalf, nodesHalf, type NewLink } from './hdf5/newGroup.ts';
import { attributeMessages, dataspace, datatypeOf, objectHeader, stringHeap, type HeapPlace, type NewAttribute, type NewValues } from './hdf5/newObjects.ts';

export type { NewAttribute, NewValues };

export interface NewDataset {
  readonly shape: readonly number[];
  /** Values in row-major order; the type of the array is the type in the file. */
  readonly data: NewValues;
  readonly attributes?: Readonly<Record<string, NewAttribute>>;
}

/** A group for a new file. Slashes in names make groups on the way. */
export interface NewGroup {
  readonly attributes?: Readonly<Record<string, NewAttribute>>;
  readonly groups?: Readonly<Record<string, NewGroup>>;
  readonly datasets?: Readonly<Record<string, NewDataset>>;
}

interface Group {
  attributes: Map<string, NewAttribute>;
  members: Map<string, Group | NewDataset>;
}

interface File {
  readonly where: string;
  readonly pieces: Uint8Array[];
  length: number;
  places: ReadonlyMap<string, HeapPlace>;
}

/**
 * An HDF5 file as pieces to be written one after the other; the values are among them, not copied. It is of the earliest format, which every
 * reader takes: superblock 0, symbol tables, contiguous little-endian values.
 * A string attribute has variable length; a list of strings is split over `name0`, `name1`, ... above 64,512 bytes, as Keras splits it.
 * @param where who asks, for the errors: `model.save`
 * @throws ModelError for values that do not fill their shape, impossible names, two things of one name
 */
export function writeHdf5(root: NewGroup, where: string): Uint8Array[] {
  const tree: Group = { attributes: new Map(), members: new Map() };
  merge(tree, root, '', where);
  const superblock = builder();
  const size = 96;
  const { places, bytes } = stringHeap(textsIn(tree), size);
  const file: File = { where, pieces: [new Uint8Array(), bytes], length: size + bytes.length, places };
  const { header, tree: index, heap } = writeGroup(file, tree);
  superblock.bytes([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]).u8(0, 0, 0, 0, 0, 8, 8, 0).u16(namesHalf, nodesHalf).u32(0);
  superblock.u64(0).bytes(nowhere).u64(file.length).bytes(nowhere);
  superblock.u64(0, header).u32(1, 0).u64(index, heap);
  file.pieces[0] = superblock.done();
  return file.pieces;
}

/** Puts a group's contents into a tree, with a group for each slash. */
function merge(into: Group, { attributes = {}, groups = {}, datasets = {} }: NewGroup, path: string, where: string): void {
  for (const [name, value] of Object.entries(attributes)) into.attributes.set(name, value);
  const twice = (name: string) => new ModelError(where, `two things in the file would be called "${path}${name}": rename one`);
  const checkName = (name: string) => {
    if (name !== '' && name !== '.' && !name.includes('\0')) return;
    throw new ModelError(where, `${JSON.stringify(name)} in "${path}" cannot be a name in an HDF5 file: rename it`);
  };
  const groupAt = (parent: Group, name: string): Group => {
    checkName(name);
    const found = parent.members.get(name) ?? { attributes: new Map<string, NewAttribute>(), members: new Map<string, Group | NewDataset>() };
    if (!('members' in found)) throw twice(name);
    parent.members.set(name, found);
    return found;
  };
  for (const [name, group] of Object.entries(groups)) merge(name.split('/').reduce(groupAt, into), group, `${path}${name}/`, where);
  for (const [name, dataset] of Object.entries(datasets)) {
    const steps = name.split('/');
    const last = steps.pop()!;
    const parent = steps.reduce(groupAt, into);
    if (parent.members.has(last)) throw twice(name);
    const { shape, data } = dataset;
    if (shape.reduce((count, length) => count * length, 1) !== data.length) {
      throw new ModelError(where, `"${path}${name}" has ${data.length} values, which do not fill its shape [${shape.join(', ')}]`);
    }
    checkName(last);
    parent.members.set(last, dataset);
  }
}

/** The strings that will stand in the heap. */
function textsIn(group: Group, texts = new Set<string>()): Set<string> {
  for (const value of group.attributes.values()) if (typeof value === 'string') texts.add(value);
  for (const member of group.members.values()) {
    if ('members' in member) textsIn(member, texts);
    else for (const value of Object.values(member.attributes ?? {})) if (typeof value === 'string') texts.add(value);
  }
  return texts;
}

/** Adds bytes at the end, and fills up to a multiple of eight; gives their address. */
function append(file: File, bytes: Uint8Array): number {
  const address = file.length;
  const rest = (8 - (bytes.length % 8)) % 8;
  file.pieces.push(bytes, ...(rest > 0 ? [new Uint8Array(rest)] : []));
  file.length += bytes.length + rest;
  return address;
}

const attributesOf = ({ places, where }: File, attributes: Iterable<[string, NewAttribute]>) =>
  [...attributes].flatMap(([name, value]) => attributeMessages(name, value, (text) => places.get(text)!, where));

function writeGroup(file: File, { attributes, members }: Group): { header: number; tree: number; heap: number } {
  const links: NewLink[] = [];
  for (const [name, member] of members) {
    const address = 'members' in member ? writeGroup(file, member).header : writeDataset(file, member);
    links.push({ name: new TextEncoder().encode(name), address });
  }
  const { tree, heap, bytes } = groupTables(links, file.length);
  append(file, bytes);
  const table = { type: MESSAGE.symbolTable, body: builder().u64(tree, heap).done() };
  return { header: append(file, objectHeader([table, ...attributesOf(file, attributes)])), tree, heap };
}

function writeDataset(file: File, { shape, data, attributes = {} }: NewDataset): number {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // No values, no place.
  const address = bytes.length > 0 ? builder().u64(append(file, bytes)).done() : nowhere;
  const layout = builder().u8(3, 1).bytes(address).u64(bytes.length).done();
  // Space is taken when values are written; the fill value is the default.
  const fillValue = new Uint8Array([2, 2, 2, 1, 0, 0, 0, 0]);
  const messages = [
    { type: MESSAGE.dataspace, body: dataspace(shape) },
    { type: MESSAGE.datatype, body: datatypeOf(data) },
    { type: MESSAGE.fillValue, body: fillValue },
    { type: MESSAGE.layout, body: layout },
  ];
  return append(file, objectHeader([...messages, ...attributesOf(file, Object.entries(attributes))]));
}
