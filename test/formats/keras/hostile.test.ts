/** Files of Keras that ask for too much, for what cannot be, or for code to be run: each is refused, soon and in words. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { input, layers, loadModel, model, sequential, setBackend, tf } from 'ibexjs';
import type { JsonObject } from '../../../src/core/keras.ts';
import { problemOf } from '../../helpers/problem.ts';
import { putTogether, takeApart, type KerasFile } from '../helpers/kerasFile.ts';
import { expectSound } from '../helpers/sound.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
const path = join(folder, 'changed.keras');
afterAll(() => rmSync(folder, { recursive: true }));

// Tests change what they are given.
type Loose = any;
let [row, graph]: KerasFile[] = [];
let warnings: string[] = [];
beforeAll(async () => {
  await setBackend('wasm');
  const take = async (net: { save(path: string): Promise<void>; dispose(): void }) => {
    await net.save(join(folder, 'sound.keras'));
    net.dispose();
    return takeApart(join(folder, 'sound.keras'));
  };
  row = await take(sequential([input({ shape: [4] }), layers.dense({ units: 3, name: 'd' }), layers.dense({ units: 2 })], { name: 'row', seed: 1 }).compile({ optimizer: 'adam', loss: 'meanSquaredError' }));
  const x = input({ shape: [4], name: 'x' });
  graph = await take(model({ inputs: x, outputs: layers.dense({ units: 2, name: 'b' })(layers.dense({ units: 3, name: 'a' })(x)), name: 'graph', seed: 1 }));
});
beforeEach(() => {
  warnings = [];
  vi.spyOn(console, 'warn').mockImplementation((line: string) => void warnings.push(line));
});

/** What comes of a file whose description was changed, without the place: a problem in words, or nothing. */
async function comesOf(file: KerasFile, change: (config: Loose, layers: Loose[]) => unknown): Promise<string> {
  const config = structuredClone(file.config) as Loose;
  const other = change(config, config.config.layers);
  putTogether(path, { ...file, config: typeof other === 'string' ? other : config });
  const before = tf.memory().numTensors;
  let told = '';
  await expectSound(async () => {
    told = await problemOf(() => loadModel(path));
  });
  expect(tf.memory().numTensors).toBe(before);
  return told.replace(`loadModel: ${path}: `, '');
}

const layer = (className: string, config: JsonObject, more = {}) => ({ module: 'keras.layers', class_name: className, config: { name: 'z', ...config }, registered_name: null, ...more });

describe('code', () => {
  const rebuild = 'Rebuild this layer as one of your own, with defineLayer, and give its factory: { customLayers }';
  test('is not run, wherever it stands', async () => {
    expect(await comesOf(row!, (_, list) => void (list[1] = layer('Lambda', { function: { class_name: '__lambda__', config: { code: '4wEAAAA=' } } }))))
      .toMatch(/^z: is a Lambda layer, which holds Python code; ibex never runs code from a file\. .*customLayers/);
    // Both ways in which Keras writes a lambda.
    for (const code of [{ class_name: '__lambda__', config: { code: '4wEAAAA=' } }, { value: ['4wEAAAA=', null, null] }]) {
      expect(await comesOf(row!, (_, list) => void (list[1].config.activation = code))).toBe(`d: its activation is Python code (a lambda); ibex never runs code from a file. ${rebuild}`);
    }
    for (const name of ['swish3', 'pkg>swish3', 'pkg>gelu']) {
      expect(await comesOf(row!, (_, list) => void (list[1].config.activation = { module: 'builtins', class_name: 'function', config: name, registered_name: 'function' })))
        .toBe(`d: its activation is the function "${name}", Python code that is not in the file. ${rebuild}`);
    }
    expect(await comesOf(row!, (config) => void Object.assign(config, { class_name: 'MyModel', module: 'mine', registered_name: 'mine>MyModel' })))
      .toBe('is a model of class "MyModel", which is Python code of its author\'s; only Sequential and Functional models are data. Save such a model in Keras as one of them');
  });

  test('in a compilation leaves the model without one, and a line says so', async () => {
    const own = [
      ['loss', { class_name: '__lambda__', config: { code: 'x' } }, 'the file\'s loss is a lambda, Python code, which ibex never runs'],
      ['loss', { module: 'builtins', class_name: 'function', config: 'my_loss', registered_name: 'function' }, 'the file\'s loss "my_loss" is its author\'s own, Python code, which ibex never runs'],
      // A class of one's own may have the name of one of Keras's.
      ['loss', { module: null, class_name: 'Huber', config: {}, registered_name: 'Huber' }, 'the file\'s loss "Huber" is its author\'s own, Python code, which ibex never runs'],
      ['metrics', [{ module: 'mine', class_name: 'AUC', config: {}, registered_name: 'AUC' }], 'the file\'s metric "AUC" is its author\'s own, Python code, which ibex never runs'],
      ['optimizer', { module: 'mine', class_name: 'Adam', config: {}, registered_name: 'mine>Adam' }, 'the file\'s optimizer "Adam" is its author\'s own, Python code, which ibex never runs'],
    ] as const;
    for (const [key, value, told] of own) {
      const config = structuredClone(row!.config) as Loose;
      config.compile_config[key] = value;
      const net = await loadModel(putTogether(path, { ...row!, config }));
      expect(net.compileOptions).toBeUndefined();
      net.dispose();
      expect(warnings.pop()).toBe(`ibex: loadModel: ${path}: ${told}; the model is loaded without its compilation: call compile() before training it.`);
    }
  });
});

describe('a layer that is not known', () => {
  test('is named, with the way to supply it', async () => {
    expect(await comesOf(row!, (_, list) => void (list[1] = layer('Swish2', {}, { module: 'mine', registered_name: 'mine>Swish2' }))))
      .toMatch(/^z: is a layer of class "Swish2", which ibex does not know.*customLayers: \{ Swish2 \}/);
    expect(await comesOf(row!, (_, list) => void (list[1].class_name = 'Densee'))).toContain('did you mean "Dense"?');
    for (const name of ['constructor', 'toString', '__proto__']) expect(await comesOf(row!, (_, list) => void (list[1].class_name = name))).toContain(`a layer of class "${name}", which ibex does not know`);
  });
});

describe('sizes', () => {
  test('that the weights in the file do not have', async () => {
    expect(await comesOf(row!, (_, list) => void (list[1].config.units = 1e9))).toBe('d/kernel must have shape [4, 1000000000], but the file has [4, 3] at layers/dense/vars/0');
    expect(await comesOf(row!, (_, list) => void (list[0].config.batch_shape = [null, 1e12]))).toContain('d/kernel must have shape [1000000000000, 3]');
    expect(await comesOf(row!, (_, list) => void (list[0].config.batch_shape = [null, -4]))).toBe('an input must have a batch_shape, a list of sizes, got [null,-4]');
    expect(await comesOf(row!, (_, list) => void (list[1].config.units = '3'))).toContain('units must be a number, got "3"');
    expect(await comesOf(row!, (_, list) => void (list[1] = layer('ZeroPadding1D', { padding: [1e9, 1e9] })))).toMatch(/^cannot be built: .*takes examples with 2 axes/);
  });

  test('of a model that nobody could build', async () => {
    const tooMuch = 'describes more layers, layers within layers, and calls of them than can be built in good time; the file is broken or hostile';
    const many = (n: number) => Array.from({ length: n }, (_, i) => layer('ReLU', { name: `r${i}` }));
    expect(await comesOf(row!, (config, list) => void (config.config.layers = [list[0], ...many(80_000)]))).toBe(tooMuch);
    expect(await comesOf(row!, (config, list) => void (config.config.layers = [list[0], ...many(6000)]))).toMatch(/^describes a model that is too large to build/);
    const nested = (kind: string, depth: number): JsonObject => (depth === 0 ? layer('LSTM', { units: 1 }) : layer(kind, { layer: nested(kind, depth - 1) })) as JsonObject;
    for (const kind of ['Bidirectional', 'TimeDistributed']) expect(await comesOf(row!, (_, list) => void (list[1] = nested(kind, 12)))).toBe(tooMuch);
    expect(await comesOf(graph!, (_, list) => void (list[1].inbound_nodes = Array(20_000).fill(list[1].inbound_nodes[0])))).toBe(tooMuch);
    expect(await comesOf(graph!, (config) => void (config.config.output_layers = Array(5000).fill(['b', 0, 0])))).toBe('output_layers of the model are 5000 tensors, more than any model\'s; the file is broken or hostile');
  });

  test('of the text itself', async () => {
    expect(await comesOf(row!, () => '['.repeat(1e5) + ']'.repeat(1e5))).toBe('config.json nests 100000 deep, deeper than any model; the file is broken or hostile');
    expect(await comesOf(row!, () => `[${'0,'.repeat(2 ** 20)}0]`)).toBe('config.json has 1048578 values, more than any model\'s; the file is broken or hostile');
    expect(await comesOf(row!, () => `"${'x'.repeat(2 ** 24)}"`)).toBe('config.json has 16777218 bytes, more than any model\'s; the file is broken or hostile');
    expect(await comesOf(row!, () => '{"class_name": ')).toMatch(/^config\.json is not JSON: /);
  });
});

test('keys that reach into prototypes', async () => {
  for (const key of ['__proto__', 'constructor', 'prototype']) {
    expect(await comesOf(row!, (config) => JSON.stringify(config).replace('"units":3', `"${key}":{"polluted":1},"units":3`))).toBe(`config.json has the key "${key}", which no model has; the file is broken or hostile`);
  }
  expect(({} as Loose).polluted).toBeUndefined();
});

describe('a graph', () => {
  const history = (list: Loose[], i: number, to: unknown) => void (list[i].inbound_nodes[0].args[0].config.keras_history = to);
  test('that leads in a circle, or nowhere', async () => {
    const needs = (what: string) => `a: needs ${what}, which the file does not have or which needs this layer in turn`;
    expect(await comesOf(graph!, (_, list) => history(list, 1, ['b', 0, 0]))).toBe(needs('b/0'));
    expect(await comesOf(graph!, (_, list) => history(list, 1, ['a', 0, 0]))).toBe(needs('a/0'));
    expect(await comesOf(graph!, (_, list) => history(list, 1, ['nobody', 0, 0]))).toBe(needs('nobody/0'));
    expect(await comesOf(graph!, (_, list) => history(list, 1, ['x', 1e9, 0]))).toBe(needs('x/1000000000'));
    expect(await comesOf(graph!, (_, list) => history(list, 1, ['x', 0, 5]))).toBe('refers to output 5 of call 0 of "x", which the file does not have');
    expect(await comesOf(graph!, (config) => void (config.config.output_layers = ['nobody', 0, 0]))).toBe('refers to output 0 of call 0 of "nobody", which the file does not have');
    expect(await comesOf(graph!, (_, list) => void list.push(structuredClone(list[1])))).toBe('has two layers named "a"');
  });

  test('whose layers are called with what is no tensor', async () => {
    expect(await comesOf(graph!, (_, list) => void (list[1].inbound_nodes[0].args = [3]))).toBe('a: is called with 3, where a tensor is expected');
    expect(await comesOf(graph!, (_, list) => void (list[1].inbound_nodes[0].kwargs = { evil: 1 }))).toBe('a: is called with evil = 1, which ibex does not know');
    expect(await comesOf(graph!, (_, list) => void (list[1].inbound_nodes[0].kwargs = { return_attention_scores: 5 }))).toBe('a: is called with return_attention_scores = 5, where true or false is expected');
  });
});

test('weights that are not numbers are taken, and a line says so', async () => {
  const net = sequential([input({ shape: [2] }), layers.dense({ units: 1, name: 'd' })], { seed: 1 });
  net.setWeights([tf.tensor([[NaN], [1]]), tf.tensor([0])]);
  await net.save(path);
  const again = await loadModel(path);
  expect(again.readWeights()[0]!.data).toEqual(Float32Array.of(NaN, 1));
  expect(warnings).toEqual([`ibex: loadModel: ${path}: 1 of 2 weights hold NaN, d/kernel among them, and so will what the model predicts.`]);
});
