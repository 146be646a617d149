/** Architectures as plain data: JSON.stringify(model), modelFromJSON, and what Keras's to_json() gives. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { input, layers, model, modelFromJSON, ModelError, sequential, setBackend, tf, type Model, type Tensor } from 'ibexjs';
import { defineLayer } from 'ibexjs/define';
import { z } from 'zod';
import { expectClose } from '../helpers/close.ts';

beforeAll(() => setBackend('wasm'));

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

function little(): Model<Tensor> {
  return sequential([input({ shape: [4] }), layers.dense({ units: 3, activation: 'relu' }), layers.dropout({ rate: 0.5 }), layers.dense({ units: 1 })], { name: 'little', seed: 7 });
}

describe('a model told as JSON', () => {
  test('is made again, with weights of its own', () => {
    const net = little();
    const text = JSON.stringify(net);
    const again = modelFromJSON(text, { seed: 7 });
    expect(JSON.stringify(again)).toBe(text);
    expect(again.name).toBe('little');
    expect(again.readWeights()).toEqual(net.readWeights());
    const other = modelFromJSON(net.toJSON());
    expect(other.readWeights()).not.toEqual(net.readWeights());
    for (const each of [net, again, other]) each.dispose();
  });

  test('keeps what is shared, nested and named', () => {
    const x = input({ shape: [3], name: 'left' });
    const shared = layers.dense({ units: 3, name: 'shared' });
    const inner = model({ inputs: x, outputs: shared(x), name: 'inner' });
    const [left, right] = [input({ shape: [3], name: 'left' }), input({ shape: [3], name: 'right' })];
    const net = model({ inputs: { left, right }, outputs: { sum: layers.add()([inner(left), shared(inner(right))]) } });
    const again = modelFromJSON(JSON.parse(JSON.stringify(net)));
    expect(again.countParams()).toBe(12);
    again.setWeights(net.getWeights());
    const data = { left: [[1, 2, 3]], right: [[-1, 0, 1]] };
    const [want, got] = [net.predict(data), again.predict(data)];
    expect([...(got as unknown as typeof want).sum.dataSync()]).toEqual([...want.sum.dataSync()]);
    tf.dispose([want, got]);
    net.dispose();
    again.dispose();
  });

  test('may lack an input, and have layers of one\'s own', () => {
    const doubled = defineLayer({ kind: 'doubled', options: z.strictObject({ by: z.number().default(2) }), build: (_, shape) => ({ output: shape }), call: (x, { options }) => tf.mul(x, options.by) });
    const net = sequential([doubled({ by: 3 })]);
    const again = modelFromJSON(JSON.stringify(net), { customLayers: { doubled } });
    const y = again.predict([[1, 2]]);
    expect([...y.dataSync()]).toEqual([3, 6]);
    y.dispose();
    expect(() => modelFromJSON(net.toJSON())).toThrow('is a layer of class "doubled", which ibex does not know');
    expect(() => modelFromJSON(net.toJSON())).toThrow('if it is yours, give its factory: { customLayers: { doubled } }');
    net.dispose();
    again.dispose();
  });

  test('is refused where it is code', () => {
    const net = sequential([input({ shape: [2] }), layers.lambda({ function: (x: Tensor) => x, name: 'code' })]);
    expect(() => JSON.stringify(net)).toThrow('code: its function is a function, which no file can hold; make it a layer of your own with defineLayer');
    net.dispose();
  });
});

describe('what Keras tells', () => {
  test('with to_json() is made here: shared and nested layers, operators, records of inputs', () => {
    const net = modelFromJSON(fixture('keras3/architecture.json'));
    expect(net.layers.map(({ name }) => name)).toEqual(['shared', 'inner', 'multiply', 'add', 'out']);
    expect(net.countParams()).toBe(6 * 4 + 4 + 4 * 4 + 4 + 4 * 2 + 2);
    const outputs = net.predict({ x: tf.ones([2, 6]), y: tf.zeros([2, 6]) });
    expect([...outputs].map(({ shape }) => shape)).toEqual([[2, 2], [2, 4]]);
    tf.dispose(outputs);
    net.dispose();
  });

  test('in the words of Keras 2 is understood in Keras 2\'s sense', async () => {
    const { x, y } = (JSON.parse(fixture('keras2/answers.json')) as Record<string, { x: number[]; y: number[][] }>).operators!;
    const net = modelFromJSON(fixture('keras2/operators.json'));
    await net.loadWeights(new URL('fixtures/keras2/operators.h5', import.meta.url).pathname);
    const got = net.predict(x);
    expectClose(got.dataSync(), y.flat(), { rtol: 1e-4, atol: 1e-5 });
    got.dispose();
    net.dispose();
  });
});

const text = JSON.stringify(little());
const cycle: Record<string, unknown> = {};
cycle.self = cycle;

describe('what is no description', () => {
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'takes what toJSON() of a model gives, or its text, got nothing'],
    ['null', null, 'got null'],
    ['a number', 3, 'got 3'],
    ['an empty text', '', 'got ""'],
    ['the name of a file', 'model.json', 'got "model.json"; loadModel() reads files'],
    ['a list', [], 'got []'],
    ['an empty record', {}, "or its text: { class_name: 'Sequential', config: { … } }, got {}"],
    ['a layer', layers.dense({ units: 1 }), 'got a function'],
    ['a circle', cycle, 'got what is no JSON: Converting circular structure to JSON'],
    ['a large integer', { class_name: 1n }, 'got what is no JSON: Do not know how to serialize a BigInt'],
    ['half a text', text.slice(0, 100), 'the description is not JSON'],
    ['a layer\'s description', { class_name: 'Dense', config: { units: 1 } }, 'describes a layer, Dense, and no model; put it into a Sequential model'],
    ['somebody\'s class', { class_name: 'Mine', config: {} }, 'is a model of class "Mine", which is Python code of its author\'s'],
    ['a model without config', { class_name: 'Sequential' }, 'the description is not as Keras writes it: config'],
    ['a model without layers', { class_name: 'Sequential', config: { name: 'x', layers: [] } }, 'the model "x" has no layers'],
    ['a misspelt layer', text.replace('"Dense"', '"Dnese"'), 'is a layer of class "Dnese", which ibex does not know — did you mean "Dense"?'],
    ['a wrong option', text.replace('"units":3', '"units":-3'), 'units must be greater than 0, got -3'],
    ['an unknown option', text.replace('"units":3', '"units":3,"colour":1'), 'the file has the option "colour" = 1, which ibex does not know'],
    ['weights for no machine', text.replace('"units":3', '"units":1e12'), 'describes a weight dense/kernel of shape [4, 1000000000000], which is more than any engine holds'],
    ['a reach into prototypes', '{"class_name":"Sequential","config":{"__proto__":{"layers":[]}}}', 'has the key "__proto__", which no model has'],
    ['a deep nest', `{"class_name":${'['.repeat(1000)}${']'.repeat(1000)}}`, 'nests 1001 deep, deeper than any model'],
  ])('%s is an error in words', (_, json, words) => {
    const before = tf.memory().numTensors;
    expect(() => modelFromJSON(json)).toThrow(ModelError);
    expect(() => modelFromJSON(json)).toThrow(words);
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each<[object, string]>([
    [{ sede: 1 }, 'modelFromJSON: unknown option "sede" — did you mean "seed"?'],
    [{ seed: 'x' }, 'modelFromJSON: seed must be a number, got "x"'],
    [{ customLayers: { a: 3 } }, 'customLayers.a must be a factory of layers, as defineLayer gives it'],
  ])('options %j are refused', (options, words) => {
    expect(() => modelFromJSON(text, options as never)).toThrow(words);
  });
});
