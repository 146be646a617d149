import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readHdf5, type Hdf5Values } from '../../src/formats/hdf5.ts';
import { readZip } from '../../src/formats/zip.ts';

interface Expected {
  datasets: Record<string, { dtype: string; shape: number[]; data: unknown }>;
  attributes: Record<string, Record<string, unknown>>;
}

// Files written by h5py, and what it reads in them: fixtures/hdf5.py.
const files = readZip(readFileSync(fileURLToPath(new URL('fixtures/hdf5.zip', import.meta.url))), 'fixtures');
const fixture = (name: string) => files.get(`${name}.h5`)!.bytes();
const expectations = JSON.parse(new TextDecoder().decode(files.get('expected.json')!.bytes())) as Record<string, Expected>;

/** As the JSON of the fixtures has it. */
const words = (data: Hdf5Values) =>
  Array.from<number | bigint | string, unknown>(data, (value) => (typeof value === 'bigint' ? String(value) : typeof value === 'number' && !Number.isFinite(value) ? String(value).replace('Infinity', 'inf').replace('NaN', 'nan') : value));

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
});
