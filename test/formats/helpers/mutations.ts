/** Ways to change data and bytes at random, as fast-check draws and shrinks them. */
import fc from 'fast-check';

type Branch = Record<string, unknown> | unknown[];
const isBranch = (value: unknown): value is Branch => typeof value === 'object' && value !== null;

/** Places of a tree, each as the keys that lead there. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  return isBranch(value) ? [...(path.length ? [path] : []), ...Object.entries(value).flatMap(([key, each]) => places(each, [...path, key]))] : [path];
}
const at = (tree: unknown, path: readonly string[]): unknown => path.reduce<unknown>((value, key) => (isBranch(value) ? (value as Record<string, unknown>)[key] : undefined), tree);

type Change = (tree: unknown, path: readonly string[], other: readonly string[], value: unknown) => void;
const parentOf = (tree: unknown, path: readonly string[]) => at(tree, path.slice(0, -1)) as Record<string, unknown>;
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
  fc.constantFrom<unknown>(0, -1, 1, 2, 1.5, 1e9, 2 ** 31, 2 ** 53, 1e308, -1e-300, null, true, false, '', 'x', 'relu', 'softmax', 'channels_first', 'constructor', 'toString', '__proto__', 'Dense', 'Lambda', 'Sequential', [], {}, [null, 1e9], [0], [1, 1], { class_name: 'Dense', config: { units: 1e9 } }, '../../etc/passwd', '🐐'.repeat(50)),
  fc.jsonValue({ maxDepth: 3 }),
);

/** One to three changes of a tree. */
export const mutations = fc.array(fc.record({ change: fc.constantFrom(...Object.keys(changes)), path: fc.nat(), other: fc.nat(), value: values }), { minLength: 1, maxLength: 3 });
type Mutations = typeof mutations extends fc.Arbitrary<infer T> ? T : never;

/** A copy of a tree with these changes. */
export function mutated(original: unknown, list: Mutations): unknown {
  const tree = structuredClone(original);
  for (const { change, path, other, value } of list) {
    const all = places(tree);
    const chosen = all[path % all.length]!;
    if (chosen.length > 0) changes[change]!(tree, chosen, all[other % all.length]!, structuredClone(value));
  }
  return tree;
}

/** One to four changes of bytes. */
export const edits = fc.array(fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }), kind: fc.constantFrom('set', 'flip', 'cut', 'insert', 'double') }), { minLength: 1, maxLength: 4 });
type Edits = typeof edits extends fc.Arbitrary<infer T> ? T : never;

/** A copy of bytes with these changes. */
export function edited(bytes: Uint8Array, list: Edits): Uint8Array {
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
