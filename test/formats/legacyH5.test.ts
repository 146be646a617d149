/** Whole models of Keras 2 (fixtures/keras2/make.py) and of files like theirs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadModel, modelFromJSON, setBackend, tf, type Tensor } from 'ibexjs';
import { expectClose } from '../helpers/close.ts';

const at = (name: string) => fileURLToPath(new URL(`fixtures/keras2/${name}`, import.meta.url));
interface Answer { readonly x: number[]; readonly y: number[][]; readonly targets?: number[][]; readonly losses?: number[] }
const answers = JSON.parse(readFileSync(at('answers.json'), 'utf8')) as Record<string, Answer>;
const tolerance = { rtol: 1e-4, atol: 1e-5 };

beforeAll(() => setBackend('wasm'));
afterEach(() => vi.restoreAllMocks());

describe('a model of Keras 2', () => {
  test.each(Object.keys(answers))('%s answers as there', async (name) => {
    const before = tf.memory().numTensors;
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const net = await loadModel(at(`${name}.h5`));
    const y: Tensor = net.predict(answers[name]!.x);
    expectClose(y.dataSync(), answers[name]!.y.flat(), tolerance);
    y.dispose();
    net.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each(['graph', 'words', 'decaying', 'operators'])('%s trains on as there, its optimizer state with it', async (name) => {
    const { x, targets, losses } = answers[name]!;
    const net = await loadModel(at(`${name}.h5`));
    const { history } = await net.fit(x, targets, { epochs: 2, batchSize: 4, shuffle: false, verbose: 0 });
    expectClose(history.loss!, losses!, { rtol: 2e-4, atol: 1e-5 });
    if (name === 'graph') expect(Object.keys(history)).toEqual(['loss', 'mae', 'far']);
    net.dispose();
  });

  test('in the newer format is in Keras 2\'s words too, and trains on', async () => {
    const { x, y, targets, losses } = answers.operators!;
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const net = await loadModel(at('operators.keras'));
    const got: Tensor = net.predict(x);
    expectClose(got.dataSync(), y.flat(), tolerance);
    const { history } = await net.fit(x, targets, { epochs: 2, batchSize: 4, shuffle: false, verbose: 0 });
    expectClose(history.loss!, losses!, { rtol: 2e-4, atol: 1e-5 });
    expect(warned).not.toHaveBeenCalled();
    got.dispose();
    net.dispose();
  });

  test('is refused where it calls a function of TensorFlow that ibex does not know', () => {
    const text = readFileSync(at('operators.json'), 'utf8');
    expect(() => modelFromJSON(text.replaceAll('"math.pow"', '"math.igamma"'))).toThrow('tf.math.pow: is a call of TensorFlow\'s function "math.igamma", which ibex does not know; build the model of layers in Keras');
    expect(() => modelFromJSON(text.replaceAll('{"y": 3.0, "name": null}', '{"y": 3.0, "z": 1}'))).toThrow('tf.math.multiply: is called with z, which ibex does not know');
  });

  test('weights go into a model that is made by hand', async () => {
    const net = await loadModel(at('words.h5'), { compile: false });
    const want = [...(net.predict(answers.words!.x) as Tensor).dataSync()];
    net.setWeights(net.readWeights().map(({ shape, data }) => ({ shape, data: Float32Array.from(data, () => 1) })));
    await net.loadWeights(at('words.h5'));
    expect([...(net.predict(answers.words!.x) as Tensor).dataSync()]).toEqual(want);
    net.dispose();
  });
});
