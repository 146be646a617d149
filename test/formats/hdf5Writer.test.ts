import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { readHdf5, textList } from '../../src/formats/hdf5.ts';
import { writeHdf5, type NewGroup } from '../../src/formats/hdf5Writer.ts';
import { kerasPython, withoutKeras } from '../helpers/kerasPython.ts';

const written = (root: NewGroup) => new Uint8Array(Buffer.concat(writeHdf5(root, 'save')));
const reread = (root: NewGroup) => readHdf5(written(root), 'load');

/** The JSON that a script leaves in `found`, having the file open as `f`. */
function inH5py(root: NewGroup, script: string): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'ibex-hdf5-'));
  try {
    writeFileSync(join(folder, 'a.h5'), written(root));
    const program = `import h5py, json, numpy as np\nf = h5py.File("a.h5", "r")\n${script}\nprint(json.dumps(found))`;
    return JSON.parse(execFileSync(kerasPython!, ['-c', program], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const one = (value: number) => ({ shape: [], data: Float32Array.of(value) });

const everyType: NewGroup = {
  datasets: {
    float32: { shape: [2, 3], data: Float32Array.of(1, -2, 0.5, 1e-40, 3e38, 0) },
    float64: { shape: [2], data: Float64Array.of(0.1, -1e300) },
    int8: { shape: [2], data: Int8Array.of(-128, 127) },
    int16: { shape: [2], data: Int16Array.of(-32768, 32767) },
    int32: { shape: [1], data: Int32Array.of(-(2 ** 31)) },
    int64: { shape: [], data: BigInt64Array.of(-(2n ** 63n)) },
    uint8: { shape: [3], data: Uint8Array.of(0, 1, 255) },
    uint16: { shape: [1], data: Uint16Array.of(65535) },
    uint32: { shape: [2], data: Uint32Array.of(1, 2 ** 32 - 1) },
    uint64: { shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
    none: { shape: [0, 3], data: new Float32Array() },
  },
};

const longNames = Array.from({ length: 3000 }, (_, i) => `layer_${i}_with_a_name_that_fills_an_object_header`);

const attributed: NewGroup = {
  attributes: {
    model_config: JSON.stringify(longNames),
    text: 'größer',
    same: 'größer',
    empty: '',
    number: 1.5,
    none: [],
    few: ['a', 'größer', ''],
    layer_names: longNames,
  },
  groups: { 'layers/dense/vars': { attributes: { name: 'dense' } } },
  datasets: { x: { ...one(1), attributes: { dtype: 'bfloat16' } } },
};

const large: NewGroup = { groups: { vars: { datasets: Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`${i}`, one(i)])) } } };

describe('writeHdf5', () => {
  it('copies no values: the bytes of the arrays are among the pieces', () => {
    const data = new Float32Array(1000);
    const pieces = writeHdf5({ datasets: { x: { shape: [1000], data } } }, 'save');
    expect(pieces.some(({ buffer, byteLength }) => buffer === data.buffer && byteLength === 4000)).toBe(true);
  });

  it('writes every type, and the part of a buffer that an array shows', () => {
    const file = reread(everyType);
    for (const [path, { shape, data }] of Object.entries(everyType.datasets!)) expect(file.dataset(path)).toEqual({ dtype: path === 'none' ? 'float32' : path, shape, data });
    const part = new Float32Array([1, 2, 3, 4]).subarray(1, 3);
    expect(reread({ datasets: { part: { shape: [2], data: part } } }).dataset('part').data).toEqual(Float32Array.of(2, 3));
  });

  it('makes a group for each slash', () => {
    const file = reread({
      groups: { 'a/b': { datasets: { 'c/d': one(1) } }, empty: {} },
      datasets: { 'a/b/e': one(2) },
    });
    expect(file.children('').sort()).toEqual(['a', 'empty']);
    expect(file.children('a/b').sort()).toEqual(['c', 'e']);
    expect(file.dataset('a/b/c/d').data).toEqual(Float32Array.of(1));
  });

  it('writes attributes: texts of any length, lists, and lists in parts', () => {
    const attributes = reread(attributed).attributes('');
    const { layer_names: names, ...others } = attributed.attributes!;
    for (const [name, value] of Object.entries(others)) expect(attributes.get(name)).toEqual(value);
    expect(textList(attributes, 'layer_names')).toEqual(names);
    expect(reread(attributed).attributes('layers/dense/vars').get('name')).toBe('dense');
  });

  it('writes groups with thousands of members, and as many texts', () => {
    const file = reread(large);
    expect(file.paths()).toHaveLength(3000);
    expect(file.dataset('vars/2999').data).toEqual(Float32Array.of(2999));
    // A heap has at most 65,535 texts.
    const attributes = (group: number) => Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`${i}`, `text ${group} ${i}`]));
    const groups = Object.fromEntries(Array.from({ length: 7 }, (_, group) => [`${group}`, { attributes: attributes(group) }]));
    const many = reread({ groups });
    for (const group of [0, 6]) expect(Object.fromEntries(many.attributes(`${group}`))).toEqual(attributes(group));
  });

  it('says what cannot be written', () => {
    const refusal = (root: NewGroup) => () => writeHdf5(root, 'save');
    expect(refusal({ groups: { a: { datasets: { b: { shape: [2, 2], data: new Float32Array(3) } } } } })).toThrow(
      new ModelError('save', '"a/b" has 3 values, which do not fill its shape [2, 2]'),
    );
    expect(refusal({ datasets: { 'a//b': one(1) } })).toThrow('"" in "" cannot be a name in an HDF5 file: rename it');
    expect(refusal({ groups: { a: { datasets: { '.': one(1) } } } })).toThrow('"." in "a/" cannot be a name');
    expect(refusal({ groups: { a: {} }, datasets: { a: one(1) } })).toThrow('two things in the file would be called "a": rename one');
    expect(refusal({ datasets: { a: one(1), 'a/b': one(1) } })).toThrow('two things in the file would be called "a"');
    expect(refusal({ attributes: { long: ['x'.repeat(64513)] } })).toThrow('a text in "long" has 64513 bytes: at most 64512 are possible');
  });

  it.skipIf(!kerasPython)(`is read by h5py, which Keras brings along${withoutKeras}: every type`, () => {
    const script = 'found = {k: [str(v.dtype), v.shape, np.asarray(v[()]).ravel().astype("U").tolist()] for k, v in f.items()}';
    const numbers = (data: ArrayLike<number | bigint>) => Array.from(data, Number);
    const found = inH5py(everyType, script) as Record<string, [string, number[], string[]]>;
    for (const [path, { shape, data }] of Object.entries(everyType.datasets!)) {
      const [dtype, foundShape, values] = found[path]!;
      expect([dtype, foundShape]).toEqual([path === 'none' ? 'float32' : path, shape]);
      const single = path === 'float32';
      expect(values.map((value) => (single ? Math.fround(Number(value)) : Number(value)))).toEqual(numbers(data));
    }
    expect(found.uint64![2]).toEqual(['18446744073709551615']);
  });

  it.skipIf(!kerasPython)(`is read by h5py${withoutKeras}: attributes, as Keras reads them`, () => {
    const found = inH5py(
      attributed,
      `
def read(group, name):  # keras/src/legacy/saving/legacy_h5_format.py: load_attributes_from_hdf5_group
    decode = lambda data: [n.decode("utf8") if hasattr(n, "decode") else n for n in data]
    if name in group.attrs: return decode(group.attrs[name])
    data, i = [], 0
    while f"{name}{i}" in group.attrs:
        data += decode(group.attrs[f"{name}{i}"]); i += 1
    return data
found = {name: f.attrs[name] for name in ["model_config", "text", "same", "empty", "number"]}
found.update({name: read(f, name) for name in ["none", "few", "layer_names"]})
found["parts"] = [len(f.attrs[f"layer_names{i}"]) for i in range(3)]
found["group"] = f["layers/dense/vars"].attrs["name"]
found["dataset"] = f["x"].attrs["dtype"]`,
    );
    // 3000 names of 49 bytes: 147,000 bytes in three parts.
    expect(found).toEqual({ ...attributed.attributes, parts: [1000, 1000, 1000], group: 'dense', dataset: 'bfloat16' });
  });

  it.skipIf(!kerasPython)(`is read by h5py${withoutKeras}: large groups, by listing and by name`, () => {
    const found = inH5py(large, 'found = [sorted(f["vars"], key=int), [float(f[f"vars/{i}"][()]) for i in range(3000)], "3000" in f["vars"], "" in f["vars"], "zzz" in f["vars"]]');
    const all = Array.from({ length: 3000 }, (_, i) => i);
    expect(found).toEqual([all.map(String), all, false, false, false]);
  });
});
