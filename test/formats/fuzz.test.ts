/**
 * Files are not to be trusted: whatever is in them, loading ends soon, in a model or a ModelError, and leaves nothing behind when it fails.
 * IBEX_FUZZ_RUNS=100 is a long run: a hundred times as many inputs.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadModel, modelFromJSON, setBackend, type Model } from 'ibexjs';
import { corpus } from './helpers/corpus.ts';
import { contentsOf } from './helpers/hdf5File.ts';
import { putTogether, takeApart, type KerasFile } from './helpers/kerasFile.ts';
import { edited, edits, mutated, mutations } from './helpers/mutations.ts';
import { expectSound } from './helpers/sound.ts';
import { writeHdf5 } from '../../src/formats/hdf5Writer.ts';

const times = Number(process.env.IBEX_FUZZ_RUNS ?? 1);
const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
const at = (name: string) => join(folder, name);
const fixture = (path: string) => fileURLToPath(new URL(`fixtures/${path}`, import.meta.url));
const load = (path: string) => () => loadModel(path) as unknown as Promise<Model<never>>;

const names = ['plain', 'image', 'words', 'graph', 'sequence'] as const;
const files = new Map<string, { readonly bytes: Uint8Array; readonly parts: KerasFile; readonly weights: Uint8Array; readonly model: Model }>();
beforeAll(async () => {
  await setBackend('wasm');
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  for (const [name, model] of Object.entries(corpus())) {
    await model.save(at(`${name}.keras`));
    await model.saveWeights(at(`${name}.weights.h5`));
    files.set(name, { bytes: readFileSync(at(`${name}.keras`)), parts: takeApart(at(`${name}.keras`)), weights: readFileSync(at(`${name}.weights.h5`)), model });
  }
});
afterAll(() => {
  for (const { model } of files.values()) model.dispose();
  rmSync(folder, { recursive: true });
});

const some = fc.constantFrom(...names);

/** Checks that it holds; both ends have to occur, else it says little. */
async function holds<T>(arbitrary: fc.Arbitrary<T>, runs: number, attempt: (input: T) => Promise<'model' | 'error'>): Promise<void> {
  const seen = { model: 0, error: 0 };
  await fc.assert(fc.asyncProperty(arbitrary, async (input) => void seen[await attempt(input)]++), { numRuns: runs * times });
  expect(Math.min(seen.model, seen.error), JSON.stringify(seen)).toBeGreaterThan(0);
}

describe('a file of Keras', { timeout: 3_600_000 }, () => {
  test('with a changed description', () => holds(fc.tuple(some, mutations), 2500, ([name, list]) => {
    const { parts } = files.get(name)!;
    return expectSound(load(putTogether(at('changed.keras'), { ...parts, config: mutated(parts.config, list) })));
  }));

  test('with changed bytes', () => holds(fc.tuple(some, edits), 700, ([name, list]) => {
    writeFileSync(at('bytes.keras'), edited(files.get(name)!.bytes, list));
    return expectSound(load(at('bytes.keras')));
  }));

  test('with changed bytes of the weights, and the checksum to match', () => holds(fc.tuple(some, edits), 700, ([name, list]) => {
    const { parts } = files.get(name)!;
    return expectSound(load(putTogether(at('weights.keras'), { ...parts, weights: edited(parts.weights, list) })));
  }));
});

describe('weights alone', { timeout: 3_600_000 }, () => {
  test('with changed bytes', () => holds(fc.tuple(some, edits), 400, async ([name, list]) => {
    const { weights, model } = files.get(name)!;
    const before = model.readWeights();
    writeFileSync(at('changed.weights.h5'), edited(weights, list));
    const result = await expectSound(() => model.loadWeights(at('changed.weights.h5')));
    // All or none.
    if (result === 'error') expect(model.readWeights()).toEqual(before);
    return result;
  }));
});

describe('an architecture', { timeout: 3_600_000 }, () => {
  test('as changed data', () => holds(fc.tuple(some, mutations), 500, ([name, list]) => {
    const { compile_config: _, ...architecture } = files.get(name)!.parts.config;
    return expectSound(() => modelFromJSON(mutated(architecture, list)) as unknown as Model<never>);
  }));
});

describe('a file of older Keras', { timeout: 3_600_000 }, () => {
  const older = ['graph', 'stack', 'words', 'decaying'].map((name) => {
    const bytes = readFileSync(fixture(`keras2/${name}.h5`));
    return { bytes, contents: contentsOf(bytes) };
  });

  test('with changed bytes', () => holds(fc.tuple(fc.constantFrom(...older), edits), 400, ([{ bytes }, list]) => {
    writeFileSync(at('changed.h5'), edited(bytes, list));
    return expectSound(load(at('changed.h5')));
  }));

  test('with a changed description', () => holds(fc.tuple(fc.constantFrom(...older), mutations), 500, ([{ contents }, list]) => {
    const { model_config: model, training_config: training, ...rest } = contents.attributes ?? {};
    const said = mutated({ model: JSON.parse(model as string), training: JSON.parse((training as string | undefined) ?? 'null') }, list) as { model?: unknown; training?: unknown };
    const attributes = { ...rest, model_config: JSON.stringify(said.model ?? null), training_config: JSON.stringify(said.training ?? null) };
    writeFileSync(at('said.h5'), Buffer.concat(writeHdf5({ ...contents, attributes }, 'test')));
    return expectSound(load(at('said.h5')));
  }));
});

describe('a model of tf.layers', { timeout: 3_600_000 }, () => {
  const kinds = ['graph', 'stack', 'words'].map((name) => {
    cpSync(fixture(`tfLayers/${name}`), at(name), { recursive: true });
    return { name, json: JSON.parse(readFileSync(fixture(`tfLayers/${name}/model.json`), 'utf8')) as unknown, shard: readFileSync(fixture(`tfLayers/${name}/group1-shard1of2.bin`)) };
  });

  test('with a changed description and manifest', () => holds(fc.tuple(fc.constantFrom(...kinds), mutations), 500, ([{ name, json }, list]) => {
    writeFileSync(join(folder, name, 'changed.json'), JSON.stringify(mutated(json, list)));
    return expectSound(load(join(folder, name, 'changed.json')));
  }));

  test('with changed weights', () => holds(fc.tuple(fc.constantFrom(...kinds), edits), 200, async ([{ name, shard }, list]) => {
    const path = join(folder, name, 'group1-shard1of2.bin');
    writeFileSync(path, edited(shard, list));
    try {
      return await expectSound(load(join(folder, name, 'model.json')));
    } finally {
      writeFileSync(path, shard);
    }
  }));
});
