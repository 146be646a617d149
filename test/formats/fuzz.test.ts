/**
 * Files are not to be trusted: whatever is in them, loading ends soon, in a model or a ModelError, and leaves nothing behind when it fails.
 * IBEX_FUZZ_RUNS says how many inputs each property gets.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadModel, ModelError, setBackend, tf } from 'ibexjs';
import { corpus } from './helpers/corpus.ts';
import { putTogether, takeApart, type KerasFile } from './helpers/kerasFile.ts';

const runs = Number(process.env.IBEX_FUZZ_RUNS ?? 1000);
const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
afterAll(() => rmSync(folder, { recursive: true }));

const files = new Map<string, { readonly bytes: Uint8Array; readonly parts: KerasFile }>();
beforeAll(async () => {
  await setBackend('wasm');
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  for (const [name, net] of Object.entries(corpus())) {
    const path = join(folder, `${name}.keras`);
    await net.save(path);
    files.set(name, { bytes: readFileSync(path), parts: takeApart(path) });
    net.dispose();
  }
});

/** Loads a file; only a model or a ModelError may come of it, and no tensor may stay. */
async function expectSound(path: string): Promise<'model' | 'error'> {
  const before = tf.memory().numTensors;
  let result: 'model' | 'error' = 'model';
  try {
    const net = await loadModel(path);
    if (net.built) net.countParams();
    net.dispose();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    result = 'error';
  }
  expect(tf.memory().numTensors).toBe(before);
  return result;
}

type Node = unknown;
const isBranch = (value: Node): value is Record<string, Node> | Node[] => typeof value === 'object' && value !== null;

/** Places of a tree, each as the keys that lead there. */
function places(value: Node, path: readonly string[] = []): (readonly string[])[] {
  return isBranch(value) ? [...(path.length ? [path] : []), ...Object.entries(value).flatMap(([key, each]) => places(each, [...path, key]))] : [path];
}
const at = (tree: Node, path: readonly string[]): Node => path.reduce<Node>((value, key) => (isBranch(value) ? (value as Record<string, Node>)[key] : undefined), tree);

type Change = (tree: Node, path: readonly string[], other: readonly string[], value: Node) => void;
const parentOf = (tree: Node, path: readonly string[]) => at(tree, path.slice(0, -1)) as Record<string, Node>;
const changes: Readonly<Record<string, Change>> = {
  replace: (tree, path, _, value) => void (parentOf(tree, path)[path.at(-1)!] = value),
  remove(tree, path) {
    const parent = parentOf(tree, path);
    if (Array.isArray(parent)) parent.splice(Number(path.at(-1)), 1);
    else delete parent[path.at(-1)!];
  },
  repeat(tree, path) {
    const parent = parentOf(tree, path);
    if (Array.isArray(parent)) parent.splice(Number(path.at(-1)), 0, structuredClone(at(tree, path)));
    else parent[`${path.at(-1)!}_too`] = structuredClone(at(tree, path));
  },
  copyFrom: (tree, path, other) => void (parentOf(tree, path)[path.at(-1)!] = structuredClone(at(tree, other))),
  swap(tree, path, other) {
    const [a, b] = [structuredClone(at(tree, path)), structuredClone(at(tree, other))];
    parentOf(tree, path)[path.at(-1)!] = b;
    if (isBranch(parentOf(tree, other))) parentOf(tree, other)[other.at(-1)!] = a;
  },
  wrap: (tree, path) => void (parentOf(tree, path)[path.at(-1)!] = [at(tree, path)]),
};

const values = fc.oneof(
  fc.constantFrom<Node>(0, -1, 1, 2, 1.5, 1e9, 2 ** 31, 2 ** 53, 1e308, -1e-300, null, true, false, '', 'x', 'relu', 'softmax', 'channels_first', 'constructor', 'toString', 'Dense', 'Lambda', 'Sequential', [], {}, [null, 1e9], [0], [1, 1], { class_name: 'Dense', config: { units: 1e9 } }, '🐐'.repeat(50)),
  fc.jsonValue({ maxDepth: 3 }),
);
const mutation = fc.record({ change: fc.constantFrom(...Object.keys(changes)), path: fc.nat(), other: fc.nat(), value: values });
const names = fc.constantFrom('plain', 'image', 'words', 'graph', 'sequence');

test('a changed description', async () => {
  const seen = { model: 0, error: 0 };
  await fc.assert(fc.asyncProperty(names, fc.array(mutation, { minLength: 1, maxLength: 3 }), async (name, mutations) => {
    const { parts } = files.get(name)!;
    const tree = structuredClone(parts.config);
    for (const { change, path, other, value } of mutations) {
      const all = places(tree);
      const chosen = all[path % all.length]!;
      if (chosen.length > 0) changes[change]!(tree, chosen, all[other % all.length]!, structuredClone(value));
    }
    seen[await expectSound(putTogether(join(folder, 'changed.keras'), { ...parts, config: tree }))]++;
  }), { numRuns: runs * 3 });
  // Both happen, else the property says little.
  expect(Math.min(seen.model, seen.error)).toBeGreaterThan(runs / 10);
}, 3_600_000);

const edits = fc.array(fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }), kind: fc.constantFrom('set', 'flip', 'cut', 'insert', 'double') }), { minLength: 1, maxLength: 4 });

function edited(bytes: Uint8Array, list: readonly { at: number; byte: number; kind: string }[]): Uint8Array {
  let now = Buffer.from(bytes);
  for (const { at: place, byte, kind } of list) {
    const i = now.length > 0 ? place % now.length : 0;
    if (kind === 'set') now[i] = byte;
    else if (kind === 'flip') now[i] = now[i]! ^ (1 << (byte % 8));
    else if (kind === 'cut') now = now.subarray(0, i);
    else if (kind === 'insert') now = Buffer.concat([now.subarray(0, i), Buffer.of(byte), now.subarray(i)]);
    else now = Buffer.concat([now.subarray(0, i), now.subarray(i, i + byte), now.subarray(i)]);
  }
  return now;
}

test('changed bytes', async () => {
  await fc.assert(fc.asyncProperty(names, edits, async (name, list) => {
    const path = join(folder, 'bytes.keras');
    writeFileSync(path, edited(files.get(name)!.bytes, list));
    await expectSound(path);
  }), { numRuns: runs });
}, 3_600_000);

test('changed bytes of the weights, with the checksum to match', async () => {
  await fc.assert(fc.asyncProperty(names, edits, async (name, list) => {
    const { parts } = files.get(name)!;
    await expectSound(putTogether(join(folder, 'weights.keras'), { ...parts, weights: edited(parts.weights, list) }));
  }), { numRuns: runs });
}, 3_600_000);
