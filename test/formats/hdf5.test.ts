import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { readHdf5, textList, type Hdf5Values } from '../../src/formats/hdf5.ts';
import { writeHdf5 } from '../../src/formats/hdf5Writer.ts';
import { readZip } from '../../src/formats/zip.ts';

interface Expected {
  datasets: Record<string, { dtype: string; shape: number[]; data: unknown }>;
  attributes: Record<string, Record<string, unknown>>;
}

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Files written by h5py, and what it reads in them: fixtures/hdf5.py.
const files = readZip(readFileSync(at('fixtures/hdf5.zip')), 'fixtures');
const fixture = (name: string) => files.get(`${name}.h5`)!.bytes();
const expectations = JSON.parse(new TextDecoder().decode(files.get('expected.json')!.bytes())) as Record<string, Expected>;

const names: Record<string, string> = { Infinity: 'inf', '-Infinity': '-inf', NaN: 'nan' };

/** As the JSON of the fixtures has it. */
const words = (data: Hdf5Values) =>
  Array.from<number | bigint | string, unknown>(data, (value) => (typeof value === 'bigint' ? String(value) : typeof value === 'number' ? (names[value] ?? value) : value));

/** A copy in which the bytes `from`, found once, are `to`. */
function replaced(bytes: Uint8Array, from: readonly number[], to: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  const place = Buffer.from(bytes).indexOf(Buffer.from(from));
  expect(place).toBeGreaterThan(0);
  copy.set(to, place);
  return copy;
}

const u64 = (...values: number[]) => [...new Uint8Array(BigUint64Array.from(values, BigInt).buffer)];

describe('readHdf5', () => {
  it.each(Object.entries(expectations))('reads what h5py wrote: %s', (name, { datasets, attributes }) => {
    const file = readHdf5(fixture(name), 'load');
    expect(file.paths().sort()).toEqual(Object.keys(datasets).sort());
    for (const [path, { dtype, shape, data }] of Object.entries(datasets)) {
      const found = file.dataset(path);
      expect([path, found.dtype, found.shape]).toEqual([path, dtype, shape]);
      expect([path, words(found.data)]).toEqual([path, Array.isArray(data) ? data : [data]]);
      expect(file.describe(path)).toEqual({ dtype, shape });
    }
    for (const [path, values] of Object.entries(attributes)) expect(Object.fromEntries(file.attributes(path))).toEqual(values);
  });

  it('finds every name in a heap of several levels', () => {
    const file = readHdf5(fixture('long_names'), 'load');
    const expected = ['a', ...Array.from({ length: 3000 }, (_, i) => String(i).padStart(200, '0'))];
    expect(file.children('').sort()).toEqual(expected.sort());
  });

  it('gives the names in a group, and the path of a dataset as h5py has it', () => {
    const file = readHdf5(fixture('weights_early'), 'load');
    expect(file.children('').sort()).toEqual(['layers', 'optimizer']);
    expect(file.children('layers/dropout/vars')).toEqual([]);
    expect(file.paths()).toContain('layers/dense_1/vars/0');
  });

  it('gives aligned values as a view of the file and others as a copy', () => {
    const bytes = fixture('weights_early').slice();
    const view = readHdf5(bytes, 'load').dataset('layers/dense_1/vars/0').data as Float32Array;
    expect(view.buffer).toBe(bytes.buffer);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const copy = readHdf5(shifted.subarray(1), 'load').dataset('layers/dense_1/vars/0').data as Float32Array;
    expect(copy.buffer).not.toBe(shifted.buffer);
    expect(copy).toEqual(view);
  });

  it('refuses what leads elsewhere', () => {
    for (const version of ['early', 'latest']) {
      expect(() => readHdf5(fixture(`soft_${version}`), 'load')).toThrow('load: "group/soft" in the HDF5 file is a soft link: do not trust it');
      expect(() => readHdf5(fixture(`external_link_${version}`), 'load')).toThrow('"away" in the HDF5 file is a link to another file');
      expect(() => readHdf5(fixture(`external_values_${version}`), 'load').dataset('away')).toThrow('"away" in the HDF5 file keeps its values in another file');
      expect(() => readHdf5(fixture(`circle_${version}`), 'load')).toThrow('"a/b/up" in the HDF5 file is a group that has another name too: expected a tree');
    }
    expect(() => readHdf5(fixture('virtual'), 'load').dataset('away')).toThrow('"away" in the HDF5 file is put together from other datasets');
  });

  it.each(['early', 'latest'])('says by name what it does not read, and reads the rest: %s', (version) => {
    const file = readHdf5(fixture(`unread_${version}`), 'load');
    const refusal = (path: string) => () => file.dataset(path);
    expect(refusal('compound')).toThrow('"compound" in the HDF5 file holds compound values: expected numbers, booleans or strings');
    expect(refusal('opaque')).toThrow('holds opaque values');
    expect(refusal('complex')).toThrow(/holds (compound values|complex numbers)/);
    expect(refusal('lzf')).toThrow('"lzf" in the HDF5 file is packed by lzf: ibex reads gzip and shuffle, rewrite it with h5repack');
    expect(refusal('null')).toThrow('"null" in the HDF5 file is empty');
    expect(refusal('unwritten')).toThrow('was never written');
    expect(refusal('half_written')).toThrow('"half_written" in the HDF5 file was written in part only: 1 of 2 chunks');
    expect(refusal('of_named_type')).toThrow('has a named datatype, which ibex does not read');
    if (version === 'latest') expect(refusal('grows')).toThrow('can grow, which ibex does not read');
    else expect(file.dataset('grows').data).toEqual(BigInt64Array.from({ length: 10 }, (_, i) => BigInt(i)));
    expect(refusal('none')).toThrow('no "none" in the HDF5 file');
    expect(refusal('')).toThrow('is a group: expected a dataset');
    expect(file.dataset('fine').data).toEqual(Float32Array.of(1));
    expect([...file.attributes('fine')]).toEqual([['text', 'kept']]);
  });

  it('says what is wrong with a file that is none, cut short, or of another kind', () => {
    expect(() => readHdf5(new TextEncoder().encode('hello'), 'load("a.h5")')).toThrow(new ModelError('load("a.h5")', 'not an HDF5 file'));
    expect(() => readHdf5(new Uint8Array(), 'load')).toThrow('not an HDF5 file');
    for (const name of ['weights_early', 'weights_latest']) {
      const { length } = fixture(name);
      expect(() => readHdf5(fixture(name).subarray(0, length - 1), 'load')).toThrow(`damaged or cut short: it says that it has ${length} bytes, but ${length - 1} are there`);
      expect(() => readHdf5(fixture(name).subarray(0, 20), 'load')).toThrow('damaged or cut short');
    }
    expect(() => readHdf5(fixture('user_block'), 'load')).toThrow('not an HDF5 file');
    const other = (place: number, value: number) => {
      const bytes = fixture('weights_early').slice();
      bytes[place] = value;
      return () => readHdf5(bytes, 'load');
    };
    expect(other(8, 9)).toThrow('has a superblock of version 9: ibex reads 0 to 3');
    expect(other(13, 4)).toThrow('addresses that are not of 64 bits');
    expect(other(25, 2)).toThrow('has a user block');
  });

  it('takes no memory for a shape before its size is checked', () => {
    const plain = replaced(fixture('weights_early'), u64(4, 5, 4, 5), u64(2 ** 40, 2 ** 40, 2 ** 40, 2 ** 40));
    expect(() => readHdf5(plain, 'load').dataset('layers/dense_0/vars/0')).toThrow(/would have .* bytes, in a file of 20776: do not trust it/);
    const somewhatLarge = replaced(fixture('weights_early'), u64(4, 5, 4, 5), u64(4, 6, 4, 6));
    expect(() => readHdf5(somewhatLarge, 'load').dataset('layers/dense_0/vars/0')).toThrow('has 80 bytes where its shape takes 96');
    const chunked = replaced(fixture('chunked_early'), u64(10, 20, 10, 20), u64(2 ** 20, 2 ** 20, 2 ** 20, 2 ** 20));
    expect(() => readHdf5(chunked, 'load').dataset('plain')).toThrow('do not trust it');
    // Chunks that are far larger than the dataset.
    const padded = replaced(fixture('chunked_early'), [3, 0, 0, 0, 20, 0, 0, 0, 8, 0, 0, 0], [3, 0, 0, 0, 0, 0, 0, 64, 8, 0, 0, 0]);
    expect(() => readHdf5(padded, 'load').dataset('all')).toThrow('do not trust it');
  });

  it('takes no more memory for all values together than a file of its length, or of that from which it was unpacked, can have', () => {
    const zeros = new Float32Array(2 ** 20);
    const datasets = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`w${i}`, { shape: [2 ** 20], data: zeros }]));
    const bytes = Buffer.concat(writeHdf5({ datasets }, 'save'));
    const read = (packedSize?: number) => {
      const file = readHdf5(bytes, 'load', packedSize);
      return file.paths().map((path) => file.dataset(path).data.length);
    };
    expect(read()).toEqual(Array(9).fill(2 ** 20));
    expect(() => read(40_000)).toThrow('"w8" in the HDF5 file would have 4194304 bytes');
  });

  const letters = (text: string) => [...Buffer.from(text)];
  const vector = [1, 1, 1, 0, 0, 0, 0, 0];
  const matrix = [1, 2, 1, 0, 0, 0, 0, 0];
  it.each<[what: string, name: string, from: number[], to: number[], path: string, message: string]>([
    ['a checksum that is wrong', 'chunked_early', [5, 6, 7, 8, 9], [5, 6, 77], 'checksum', 'the checksum of a chunk of "checksum" is wrong'],
    ['a chunk that occurs twice', 'chunked_early', [9, 0, 0, 0, 0, 0, 0, 0, ...u64(5)], [9, 0, 0, 0, 0, 0, 0, 0, ...u64(0)], 'checksum', '"checksum" has a chunk at 0, twice or out of place'],
    ['a chunk that is out of place', 'chunked_early', [9, 0, 0, 0, 0, 0, 0, 0, ...u64(5)], [9, 0, 0, 0, 0, 0, 0, 0, ...u64(15)], 'checksum', '"checksum" has a chunk at 15, twice or out of place'],
    ['values beyond the end', 'weights_early', [8, 0, 24, 0, 0, 0, 0, 0, 3, 1], [8, 0, 24, 0, 0, 0, 0, 0, 3, 1, 0, 255], 'layers/dense_0/vars/0', '"layers/dense_0/vars/0" should lie at bytes 65280 to 65360, the file has'],
    ['a chunk that is too short', 'chunked_early', [...u64(280), ...u64(0, 0, 0)], u64(272), 'plain', 'a chunk of "plain" has 272 bytes, not 280'],
    ['a chunk that is too long', 'chunked_early', [9, 0, 0, 0, 0, 0, 0, 0, ...u64(5)], [255], 'checksum', 'a chunk of "checksum" has 255 bytes, more than it holds'],
    ['a chunk that is shuffled by too much', 'chunked_early', [...letters('shuffle'), 0, 4, 0, 0, 0], [...letters('shuffle'), 0, 4, 0, 0, 255], 'cube', 'a chunk of "cube" is shuffled by 4278190084 bytes'],
    ['a chunk that unpacks to too little', 'chunked_early', [10, 0, 0, 0, 20, 0, 0, 0, 8, 0, 0, 0], [11], 'one_chunk', 'a chunk of "one_chunk" cannot be unpacked'],
    ['a tree of chunks that leads in a circle', 'chunked_early', [...letters('TREE'), 1, 1], [...letters('TREE'), 1, 9], 'many', 'the list of chunks of "many" is not one'],
    ['a shape that is larger than its place', 'weights_early', [...matrix, ...u64(4, 5)], [1, 32], 'layers/dense_0/vars/0', 'the shape of "layers/dense_0/vars/0" at byte'],
    ['more texts than anyone needs', 'chunked_early', [...vector, ...u64(3, 3)], [...vector, ...u64(5_000_000)], 'texts', '"texts" in the HDF5 file has 5000000 texts: at most 4194304 are read'],
    ['a member that occurs twice', 'weights_early', [0x30, 0, 0, 0, 0, 0, 0, 0, 0x31], [0x30, 0, 0, 0, 0, 0, 0, 0, 0x30], '', 'a group has a member "0", twice'],
    ['a name with a slash', 'weights_early', letters('layers'), letters('lay/rs'), '', 'a group has a member "lay/rs", twice or with an impossible name'],
    ['a name without an end', 'weights_early', [...letters('HEAP'), 0, 0, 0, 0, 88], [...letters('HEAP'), 0, 0, 0, 0, 10], '', 'a name in a group has no end'],
    ['a tree of members that leads in a circle', 'weights_early', [...letters('TREE'), 0, 0], [...letters('TREE'), 0, 1], '', 'does not begin with TREE'],
  ])('notices %s', (_, name, from, to, path, message) => {
    const read = () => readHdf5(replaced(fixture(name), from, to), 'load').dataset(path);
    expect(read).toThrow(ModelError);
    expect(read).toThrow(message);
  });

  it('notices a text that is not where an attribute has it, and leaves out an attribute that stands elsewhere', () => {
    const missing = replaced(fixture('weights_early'), [...letters('GCOL'), 1, 0, 0, 0, ...u64(4096), 1], [...letters('GCOL'), 1, 0, 0, 0, ...u64(4096), 9]);
    expect(() => readHdf5(missing, 'load').attributes('layers/dense_0/vars')).toThrow('no string 1 in the heap');
    const narrow = replaced(fixture('weights_early'), [0x19, 1, 1, 0, 16], [0x19, 1, 1, 0, 8]);
    expect(() => readHdf5(narrow, 'load').attributes('layers/dense_0/vars')).toThrow('references to strings have 8 bytes, not 16');
    const elsewhere = replaced(fixture('weights_early'), [0x0c, 0, 64, 0, 0], [0x0c, 0, 64, 0, 2]);
    expect(readHdf5(elsewhere, 'load').attributes('layers/dense_0/vars').size).toBe(0);
  });

  it('gives up on structures that lead in a circle, and on paths that grow for ever', () => {
    // A root group whose header goes on in a block that goes on in itself.
    const block = 48 + 8 + 20 + 4;
    const goesOn = [0x10, 16, 0, 0, ...u64(block, 28)];
    const superblock = [0x89, ...letters('HDF\r\n\x1a\n'), 2, 8, 8, 0, ...u64(0, 0, block + 28, 48), 0, 0, 0, 0];
    const circle = Uint8Array.from([...superblock, ...letters('OHDR'), 2, 0, 20, ...goesOn, 0, 0, 0, 0, 0, ...letters('OCHK'), ...goesOn, 0, 0, 0, 0]);
    expect(() => readHdf5(circle, 'load')).toThrow('its structures overlap or lead in a circle');
    const name = 'n'.repeat(1000);
    const long = new Uint8Array(Buffer.concat(writeHdf5({ groups: { [`${name}/${name}/${name}/${name}/${name}`]: {} } }, 'save')));
    expect(() => readHdf5(long, 'load')).toThrow('with an impossible name');
  });

  it('ends soon with a value or a ModelError, whatever is cut off or changed', () => {
    const originals = ['weights_early', 'weights_latest', 'weights_ordered', 'types_early', 'types_latest', 'bfloat16_early', 'unread_latest', 'chunked_latest'].map(fixture);
    // Zeros are mostly unused space; changes elsewhere, and just behind, do more.
    const places = originals.map((bytes) => [...bytes.keys()].filter((place) => bytes[place] !== 0));
    const edit = fc.record({ at: fc.nat(), beyond: fc.constantFrom(0, 0, 0, 1, 4, 7), to: fc.constantFrom<(byte: number) => number>(() => 0, () => 255, (byte) => byte + 1, (byte) => byte ^ 0x10) });
    const damage = fc.record({
      which: fc.nat(originals.length - 1),
      keep: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 9 }),
      edits: fc.array(edit, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(damage, ({ which, keep, edits }) => {
        const original = originals[which]!;
        const bytes = original.slice(0, Math.floor((keep ?? 1) * original.length));
        for (const { at, beyond, to } of edits) {
          const place = places[which]![at % places[which]!.length]! + beyond;
          if (place < bytes.length) bytes[place] = to(bytes[place]!);
        }
        const attempt = (action: () => unknown) => {
          try {
            return action();
          } catch (error) {
            if (!(error instanceof ModelError)) throw error;
            return undefined;
          }
        };
        attempt(() => {
          const file = readHdf5(bytes, 'load');
          attempt(() => file.attributes(''));
          for (const path of file.paths()) {
            attempt(() => file.attributes(path));
            attempt(() => file.dataset(path));
          }
        });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('textList', () => {
  it('joins a list that was split, and tells an empty list from none', () => {
    const attributes = new Map<string, string | readonly string[] | readonly number[]>([
      ['layer_names0', ['a', 'b']],
      ['layer_names1', ['c']],
      ['layer_names3', ['not the next']],
      ['weight_names', []],
      ['single', 'text'],
    ]);
    expect(textList(attributes, 'layer_names')).toEqual(['a', 'b', 'c']);
    expect(textList(attributes, 'weight_names')).toEqual([]);
    expect(textList(attributes, 'single')).toEqual(['text']);
    expect(textList(attributes, 'none')).toBeUndefined();
  });
});

describe('the reference models', () => {
  const folder = at('../../../shared/reference');
  const found = (name: string) => (existsSync(folder) ? readdirSync(folder).map((model) => join(folder, model, name)).filter((path) => existsSync(path)) : []);

  it.skipIf(found('model.keras').length === 0)('have weights that open (skipped where the reference is missing)', () => {
    for (const path of found('model.keras')) {
      const file = readHdf5(readZip(readFileSync(path), path).get('model.weights.h5')!.bytes(), path);
      for (const dataset of file.paths()) {
        const { dtype, shape, data } = file.dataset(dataset);
        expect(['float32', 'int64', 'uint32']).toContain(dtype);
        expect(data.length).toBe(shape.reduce((count, length) => count * length, 1));
      }
    }
  });

  it.skipIf(found('model.weights.h5').length === 0)('have the same values in .weights.h5 (skipped where the reference is missing)', () => {
    for (const path of found('model.weights.h5')) {
      const file = readHdf5(readFileSync(path), path);
      const twin = readHdf5(readZip(readFileSync(path.replace('weights.h5', 'keras')), path).get('model.weights.h5')!.bytes(), path);
      expect(file.paths().sort()).toEqual(twin.paths().sort());
      for (const dataset of file.paths()) expect(file.dataset(dataset)).toEqual(twin.dataset(dataset));
    }
  });

  it.skipIf(found('model.h5').length === 0)('have weights under the names that a legacy .h5 lists (skipped where the reference is missing)', () => {
    for (const path of found('model.h5')) {
      const file = readHdf5(readFileSync(path), path);
      expect(JSON.parse(file.attributes('').get('model_config') as string)).toHaveProperty('class_name');
      const layers = textList(file.attributes('model_weights'), 'layer_names')!;
      expect(file.children('model_weights')).toEqual(expect.arrayContaining(layers));
      const listed = layers.flatMap((layer) => textList(file.attributes(`model_weights/${layer}`), 'weight_names')!.map((weight) => `model_weights/${layer}/${weight}`));
      expect(file.paths().filter((dataset) => dataset.startsWith('model_weights/')).sort()).toEqual(listed.sort());
    }
  });
});
