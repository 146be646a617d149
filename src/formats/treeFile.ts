/** A tree of values with typed arrays among them, as one file: a zip of `tree.json` and the bytes of each array, which zip's checksums guard. */
import type { TypedArray } from '../core/array.ts';
import { ModelError } from '../core/errors.ts';
import type { Memory } from '../training/callbacks/callback.ts';
import { readBytes, writeAtomically } from './files.ts';
import { readZip } from './zip.ts';
import { writeZip, type NewZipMember } from './zipWriter.ts';

const arrayTypes = { Float32Array, Float64Array, Int32Array, Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array };
type ArrayType = keyof typeof arrayTypes;

/** JSON has no infinities, no NaN, no -0 and no typed arrays: they are lists that begin with a word, and so is every list. */
function pack(tree: Memory | undefined, arrays: TypedArray[]): unknown {
  if (typeof tree === 'number') return Number.isFinite(tree) && !Object.is(tree, -0) ? tree : ['number', Object.is(tree, -0) ? '-0' : String(tree)];
  if (ArrayBuffer.isView(tree)) return ['array', tree.constructor.name, arrays.push(tree as TypedArray) - 1];
  if (Array.isArray(tree)) return ['list', ...tree.map((each: Memory) => pack(each, arrays))];
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, each]) => [key, pack(each, arrays)]));
}

function unpack(packed: unknown, bytesOf: (i: number) => Uint8Array): Memory {
  if (Array.isArray(packed)) {
    const [word, ...rest] = packed as readonly unknown[];
    if (word === 'list') return rest.map((each) => unpack(each, bytesOf));
    if (word === 'number') return Number(rest[0]);
    const [type, i] = rest as [ArrayType, number];
    return new arrayTypes[type](bytesOf(i).slice().buffer);
  }
  if (typeof packed !== 'object' || packed === null) return packed as Memory;
  return Object.fromEntries(Object.entries(packed).map(([key, each]) => [key, unpack(each, bytesOf)]));
}

/** Writes a tree whole or not at all. @throws ModelError if the file cannot be written; an older one stays as it was. */
export async function writeTree(path: string, tree: Memory, where: string): Promise<void> {
  const arrays: TypedArray[] = [];
  const json: NewZipMember = { name: 'tree.json', content: new TextEncoder().encode(JSON.stringify(pack(tree, arrays))) };
  const members = arrays.map(({ buffer, byteOffset, byteLength }, i) => ({ name: String(i), content: new Uint8Array(buffer, byteOffset, byteLength) }));
  await writeAtomically(path, writeZip([json, ...members], where), where);
}

/** Reads what `writeTree` wrote. @throws ModelError for a file that cannot be read, is damaged, or is another's. */
export async function readTree(path: string, where: string): Promise<Memory> {
  const members = readZip(await readBytes(path, where), where);
  const bytesOf = (name: string) => {
    const member = members.get(name);
    if (!member) throw new ModelError(where, `is no file of ibex's: it has no ${name}`);
    return member.bytes();
  };
  const json = new TextDecoder().decode(bytesOf('tree.json'));
  try {
    return unpack(JSON.parse(json), (i) => bytesOf(String(i)));
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError(where, 'is no file of ibex\'s: its tree.json cannot be read', { cause: error });
  }
}
