/** Weights beside a model.json of TensorFlow.js: a manifest that lists them, and files in which they lie one after the other. */
import { z } from 'zod';
import { ModelError } from '../core/errors.ts';
import { fromHalf } from './float16.ts';
import { readBytes } from './files.ts';
import { check } from './keras/json.ts';
import type { StoredArray } from './weightsSet.ts';

const bytesOf = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;
type Stored = keyof typeof bytesOf;

const size = z.int().nonnegative();
const manifest = z.array(z.looseObject({
  paths: z.array(z.string().min(1).max(1024)).max(100_000),
  weights: z.array(z.looseObject({
    name: z.string().max(4096), group: z.string().optional(), shape: z.array(size).max(32), dtype: z.string(),
    quantization: z.looseObject({ dtype: z.enum(['uint8', 'uint16', 'float16']), scale: z.number().optional(), min: z.number().optional() }).optional(),
  })).max(1_000_000),
})).max(10_000);
type Group = z.output<typeof manifest>[number];
type Weight = Group['weights'][number];

/** A path in a file of somebody else's may lead nowhere but into the folder. */
function pathIn(folder: string, path: string, where: string): string {
  if (/^[/\\]|\\|\0|^[a-z][a-z0-9+.-]*:|(^|\/)\.\.(\/|$)/i.test(path)) throw new ModelError(where, `names ${JSON.stringify(path.slice(0, 80))} as a file of weights, a path that leads out of its folder: do not trust it`);
  return `${folder}${path}`;
}

const integers = { uint8: Uint8Array, uint16: Uint16Array, float16: Uint16Array, bool: Uint8Array, int32: Int32Array, float32: Float32Array } as const;

/** The numbers of a weight. Quantized ones are `scale · q + min`. */
function decode({ dtype, quantization }: Weight, stored: Stored, bytes: Uint8Array): ArrayLike<number> {
  const aligned = bytes.byteOffset % bytesOf[stored] === 0 ? bytes : bytes.slice();
  const values = new integers[stored](aligned.buffer as ArrayBuffer, aligned.byteOffset, bytes.length / bytesOf[stored]);
  if (stored === 'float16') return Float32Array.from(values, fromHalf);
  if (!quantization) return values;
  const { scale = 1, min = 0 } = quantization;
  return Float32Array.from(values, (q) => (dtype === 'int32' ? Math.round(scale * q + min) : scale * q + min));
}

function storedAs({ name, dtype, quantization }: Weight, where: string): Stored {
  const stored = quantization?.dtype ?? dtype;
  if (Object.hasOwn(bytesOf, stored)) return stored as Stored;
  throw new ModelError(where, `the weight "${name}" is of type ${stored.slice(0, 80)}, which ibex does not read`);
}

async function readGroup({ paths, weights }: Group, folder: string, where: string): Promise<readonly (readonly [string, StoredArray])[]> {
  const placed: { weight: Weight; stored: Stored; at: number; length: number }[] = [];
  let total = 0;
  for (const weight of weights) {
    const stored = storedAs(weight, where);
    const length = weight.shape.reduce((product, n) => product * n, bytesOf[stored]);
    placed.push({ weight, stored, at: total, length });
    total += length;
  }
  // The same bytes again and again would be more than the files have.
  if (new Set(paths).size < paths.length) throw new ModelError(where, 'names a file of weights twice; do not trust it');
  const files: Uint8Array[] = [];
  let found = 0;
  for (const path of paths) {
    const file = await readBytes(pathIn(folder, path, where), where);
    files.push(file);
    found += file.length;
  }
  // Before memory is taken for what a file only promises.
  if (found !== total) throw new ModelError(where, `the files ${paths.slice(0, 3).join(', ')} have ${found} bytes, but the weights in them take ${total}; copy or download them again`);
  const bytes = files.length === 1 ? files[0]! : new Uint8Array(total);
  if (files.length > 1) for (let at = 0; files.length > 0; ) {
    const next = files.shift()!;
    bytes.set(next, at);
    at += next.length;
  }
  // Those of the optimizer are of one that works otherwise.
  return placed.filter(({ weight }) => weight.group !== 'optimizer').map(({ weight, stored, at, length }) => [weight.name, {
    place: weight.name, dtype: weight.dtype, shape: weight.shape, read: () => decode(weight, stored, bytes.subarray(at, at + length)),
  }]);
}

/**
 * The weights that a manifest lists, by name, in its order.
 * @param folder of the model.json, with a slash at its end
 * @throws ModelError for a manifest that is none, files that are missing or of another size, types that ibex does not read
 */
export async function readManifest(given: unknown, folder: string, where: string): Promise<ReadonlyMap<string, StoredArray>> {
  const arrays = new Map<string, StoredArray>();
  for (const group of check(where, 'weightsManifest', manifest, given)) {
    for (const [name, array] of await readGroup(group, folder, where)) {
      if (arrays.has(name)) throw new ModelError(where, `has two weights named "${name}"`);
      arrays.set(name, array);
    }
  }
  return arrays;
}

// What browsers cache, and what TensorFlow.js itself writes.
const shardSize = 2 ** 22;

export interface NamedArray { readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array | Int32Array }

/** The manifest for weights, and the pieces of each of its files. */
export function writeManifest(weights: readonly NamedArray[], prefix: string): { readonly manifest: unknown; readonly files: readonly { readonly name: string; readonly content: readonly Uint8Array[] }[] } {
  const shards: Uint8Array[][] = [[]];
  let room = shardSize;
  for (const { data } of weights) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at < bytes.length; ) {
      if (room === 0) {
        shards.push([]);
        room = shardSize;
      }
      const piece = bytes.subarray(at, at + room);
      shards.at(-1)!.push(piece);
      at += piece.length;
      room -= piece.length;
    }
  }
  const files = shards.map((content, i) => ({ name: `${prefix}group1-shard${i + 1}of${shards.length}.bin`, content }));
  const listed = weights.map(({ name, shape, data }) => ({ name, shape, dtype: data instanceof Int32Array ? 'int32' : 'float32' }));
  return { manifest: [{ paths: files.map(({ name }) => name), weights: listed }], files };
}
