/** What is not exported, why, and that nothing is left of it. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { input, layers, model, sequential, setBackend, tf, type Model, type Tensor } from 'ibexjs';

const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
beforeAll(() => setBackend('wasm'));
afterAll(() => rmSync(folder, { recursive: true }));

const small = () => sequential([input({ shape: [2] }), layers.dense({ units: 1, name: 'out' })]) as unknown as Model;
const at = (name: string) => join(folder, name);

test('an operation that TensorFlow has no equal of is refused by its name and its layer\'s, and nothing is written', async () => {
  const x = input({ shape: [4] });
  const spectrum = layers.lambda({ function: (each: Tensor) => tf.real(tf.spectral.fft(tf.complex(each, each))), name: 'spectrum' });
  const unique = layers.lambda({ function: (each: Tensor) => tf.sub(each, tf.cast(tf.sum(tf.unique(each, 1).indices), 'float32')), name: 'unlike' });
  const exported = (layer: typeof spectrum) => (model({ inputs: x, outputs: layer(x) }) as unknown as Model).export(at('refused'));
  await expect(exported(spectrum)).rejects.toThrow('the layer "spectrum" works with numbers of type complex64, which cannot be exported');
  await expect(exported(unique)).rejects.toThrow('the layer "unlike" uses the operation Unique, which has no equal in a SavedModel');
  expect(readdirSync(folder)).toEqual([]);
});

test('a model without weights is refused', async () => {
  await expect((sequential([layers.dense({ units: 1 })]) as unknown as Model).export(at('unbuilt'))).rejects.toThrow('the model has no weights yet');
});

test('paths that are none, and endings of files, are refused', async () => {
  const net = small();
  await expect(net.export(undefined as never)).rejects.toThrow('export: takes the path of');
  await expect(net.export(at('model.keras'))).rejects.toThrow('for a .keras file, which ibex reads again, use save()');
  await expect(net.export(at('model.pb'))).rejects.toThrow('does not write .pb files; name a folder');
  await expect(net.export(at('nowhere/model'))).rejects.toThrow(/cannot write .*nowhere.model: there is no such folder/);
});

test('a folder of other files stays, and so does a file', async () => {
  const net = small();
  mkdirSync(at('photos'));
  writeFileSync(at('photos/cat.jpg'), 'cat');
  await expect(net.export(at('photos'))).rejects.toThrow('the folder holds other files (cat.jpg) and no SavedModel; name a new folder, or an empty one');
  expect(readdirSync(at('photos'))).toEqual(['cat.jpg']);
  writeFileSync(at('file'), 'text');
  await expect(net.export(at('file'))).rejects.toThrow('a file has that name, name a folder');
  expect(readFileSync(at('file'), 'utf8')).toBe('text');
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('a SavedModel is replaced whole: by what a fresh export gives, with its folder\'s permissions', async () => {
  const path = at('served');
  const large = sequential([input({ shape: [64] }), layers.dense({ units: 32 })]) as unknown as Model;
  await large.export(path);
  expect(readdirSync(path, { recursive: true }).sort()).toEqual(['saved_model.pb', 'variables', 'variables/variables.data-00000-of-00001', 'variables/variables.index']);
  chmodSync(path, 0o700);
  const net = small();
  await net.export(`${path}/`);
  await net.export(at('again'));
  expect(readdirSync(path)).toEqual(['saved_model.pb']);
  expect(readFileSync(join(path, 'saved_model.pb'))).toEqual(readFileSync(join(at('again'), 'saved_model.pb')));
  expect(statSync(path).mode & 0o777).toBe(0o700);
  symlinkSync(path, at('link'));
  await large.export(at('link'));
  expect(readdirSync(path)).toEqual(['saved_model.pb', 'variables']);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('an empty folder is filled', async () => {
  mkdirSync(at('empty'));
  await small().export(at('empty'));
  expect(readdirSync(at('empty'))).toEqual(['saved_model.pb']);
});
