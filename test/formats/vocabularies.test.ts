/**
 * Vocabularies in files of Keras 3.15.1. `fixtures/vocabularies.keras` is:
 *
 *     t = keras.Input((1,), dtype='string', name='t'); i = keras.Input((2,), dtype='int64', name='i')
 *     tv = L.TextVectorization(output_mode='tf_idf', max_tokens=8, pad_to_max_tokens=True); tv.adapt(['the cat sat', 'the dog sat', 'a dog'])
 *     seq = L.TextVectorization(output_sequence_length=3); seq.adapt(['the cat sat', 'the dog sat', 'a dog'])
 *     sl = L.StringLookup(mask_token=''); sl.adapt([['x'], ['y'], ['x']])
 *     inner = keras.Sequential([keras.Input((1,), dtype='string'), sl], name='inner')
 *     il = L.IntegerLookup(output_mode='count'); il.adapt(np.array([[7, 7, -3]]))
 *     keras.Model([t, i], [tv(t), seq(t), inner(t), il(i)]).save('vocabularies.keras')
 *
 * and what it answers is the model's own answer there. `vocabularyInWrapper.keras` is `Model(s, TimeDistributed(sl)(s))` with `s` of (3, 1) strings,
 * `vocabularyInWrappedModel.keras` has `inner` in place of `sl`; their answers are Keras's as well.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync, zipSync } from 'fflate';
import { afterAll, expect, test } from 'vitest';
import { expectClose } from '../helpers/close.ts';
import { askKeras, kerasPython, withoutKeras } from '../helpers/kerasPython.ts';
import { input, layers, loadModel, model, sequential, type Model, type Tensor } from 'ibexjs';

const file = fileURLToPath(new URL('fixtures/vocabularies.keras', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
afterAll(() => rmSync(folder, { recursive: true }));

const x = [[['the dog, x'], ['x'], ['']], [[7, 5], [-3, -3], [7, 7]]];
const want = [
  [[0.7824046015739441, 0.6931471824645996, 0, 0.6931471824645996, 0, 0, 0, 0], [0.7824046015739441, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0]],
  [[2, 4, 1], [1, 0, 0], [0, 0, 0]], [[1], [2], [0]], [[1, 1, 0], [0, 0, 2], [0, 2, 0]],
];
const answers = (net: unknown, given: unknown) => ((net as Model<Tensor[]>).predict(given as never)).map((tensor) => tensor.arraySync() as unknown);

test('reads vocabularies that Keras keeps beside the model, and keeps them', async () => {
  const net = await loadModel(file);
  expect(answers(net, x)).toEqual(want);
  const path = join(folder, 'again.keras');
  await net.save(path);
  const again = await loadModel(path);
  expect(answers(again, x)).toEqual(want);
  net.dispose();
  again.dispose();
});

test('writes vocabularies where Keras finds them', async () => {
  const words = layers.textVectorization({ outputMode: 'tfIdf' });
  words.adapt(['a dog', 'a cat']);
  const net = sequential([input({ shape: [1], dtype: 'string' }), words, layers.dense({ units: 1 })]);
  const path = join(folder, 'words.keras');
  await net.save(path);
  const members = unzipSync(readFileSync(path));
  const { config } = JSON.parse(new TextDecoder().decode(members['config.json'])) as { config: { layers: { class_name: string; config: Record<string, unknown> }[] } };
  const saved = config.layers.find((layer) => layer.class_name === 'TextVectorization')!.config;
  // ln(1 + 2/3), ln(1 + 2/2) twice.
  expect(saved).toMatchObject({ vocabulary: ['a', 'dog', 'cat'], idf_weights: [Math.log(1 + 2 / 3), Math.LN2, Math.LN2], standardize: 'lower_and_strip_punctuation', output_mode: 'tf_idf' });
  net.dispose();
});

test('everything that prepares data comes back the same', async () => {
  const t = input({ shape: [1], dtype: 'string' });
  const i = input({ shape: [1], dtype: 'int32' });
  const norm = layers.normalization({ axis: null });
  norm.adapt([1, 5, 7]);
  const net = model({ inputs: [t, i], outputs: [
    layers.stringLookup({ vocabulary: ['x', 'y'], maskToken: 'z', numOovIndices: 3 })(t), layers.integerLookup({ vocabulary: [3, 9], outputMode: 'oneHot', numOovIndices: 4, oovMethod: 'farmhash', salt: 3 })(i),
    layers.hashing({ numBins: 100 })(t), layers.hashing({ numBins: 10, salt: [1, 2], outputMode: 'count' })(i), layers.hashedCrossing({ numBins: 100 })([t, i]),
    norm(i), layers.stringLookup({ vocabulary: ['x', 'y'], invert: true })(i), layers.textVectorization({ vocabulary: ['a', 'b a'], ngrams: [1, 2], split: 'character', standardize: null })(t),
  ] });
  const given = [['x', 'q', 'ba'], [3, 1, 2]];
  const before = answers(net, given);
  const path = join(folder, 'all.keras');
  await net.save(path);
  const again = await loadModel(path);
  expect(answers(again, given)).toEqual(before);
  net.dispose();
  again.dispose();
});

const sentences = [[['x a'], ['y'], ['z y']], [['a a'], ['x'], ['y y y']]];
const dataFor = (name: string) => (name === 'a pipeline' ? sentences.flat() : sentences);
const heldIn = {
  'a wrapper': () => {
    const lookup = layers.stringLookup();
    lookup.adapt([['x'], ['y'], ['x']]);
    return sequential([input({ shape: [3, 1], dtype: 'string' }), layers.timeDistributed({ layer: lookup })]);
  },
  'a wrapper, with weights of tokens': () => {
    const words = layers.textVectorization({ outputMode: 'tfIdf' });
    words.adapt(['x a', 'y', 'z y', 'a a', 'x', 'y y y']);
    return sequential([input({ shape: [3, 1], dtype: 'string' }), layers.timeDistributed({ layer: words })]);
  },
  'a pipeline': () => {
    const words = layers.textVectorization({ outputMode: 'tfIdf' });
    words.adapt(['x a', 'y', 'z y', 'a a', 'x', 'y y y']);
    const dense = (units: number) => layers.dense({ units });
    return sequential([input({ shape: [1], dtype: 'string' }), layers.pipeline({ layers: [words, dense(3), dense(2)] })], { seed: 1 });
  },
  'a model in a wrapper': () => {
    const words = layers.textVectorization({ outputSequenceLength: 2 });
    words.adapt(['x a', 'y', 'z y', 'a a', 'x', 'y y y']);
    return sequential([input({ shape: [3, 1], dtype: 'string' }), layers.timeDistributed({ layer: sequential([input({ shape: [1], dtype: 'string' }), words, layers.embedding({ inputDim: 9, outputDim: 2 })]) })], { seed: 1 });
  },
};

test.each(Object.entries(heldIn))('layers with a vocabulary in %s', async (name, make) => {
  const net = make();
  const path = join(folder, `${name}.keras`);
  await net.save(path);
  const again = await loadModel(path);
  expect(again.predict(dataFor(name)).arraySync()).toEqual(net.predict(dataFor(name)).arraySync());
  net.dispose();
  again.dispose();
});

test.skipIf(!kerasPython)(`Keras reads layers with a vocabulary in others${withoutKeras}`, async () => {
  const cases = Object.entries(heldIn).map(([name, make], i) => ({ net: make(), x: dataFor(name), path: join(folder, `held${i}.keras`) }));
  for (const { net, path } of cases) await net.save(path);
  const program = `
import keras, tensorflow as tf
print(json.dumps([tf.reshape(keras.models.load_model(path)(tf.constant(x)), -1).numpy().tolist() for path, x in given]))`;
  const theirs = askKeras(program, cases.map(({ path, x }) => [path, x])) as number[][];
  cases.forEach(({ net, x }, i) => {
    expectClose(net.predict(x).dataSync(), theirs[i]!, { rtol: 1e-6, atol: 1e-6 });
    net.dispose();
  });
}, 300_000);

test('reads vocabularies of layers in a wrapper that Keras keeps beside the model', async () => {
  const fromKeras = (name: string) => fileURLToPath(new URL(`fixtures/${name}.keras`, import.meta.url));
  for (const name of ['vocabularyInWrapper', 'vocabularyInWrappedModel']) {
    const net = await loadModel(fromKeras(name));
    expect(answers(net, [[['x'], ['y'], ['z']]])).toEqual([[[[1], [2], [0]]]]);
    net.dispose();
  }
});

test('says what is wrong with a file', async () => {
  const members = unzipSync(readFileSync(file));
  const path = join(folder, 'wrong.keras');
  const write = (changed: Readonly<Record<string, Uint8Array>>) => writeFileSync(path, zipSync(changed));
  write({ ...members, 'assets/layers/integer_lookup/vocabulary.txt': new TextEncoder().encode('-1\n7\nseven') });
  await expect(loadModel(path)).rejects.toThrow('assets/layers/integer_lookup/vocabulary.txt has "seven" on line 3, where a whole number');
  const { 'assets/layers/integer_lookup/vocabulary.txt': _, ...without } = members;
  write(without);
  await expect(loadModel(path)).rejects.toThrow('has no vocabulary yet');
  const config = new TextDecoder().decode(members['config.json']).replaceAll('"utf-8"', '"latin-1"');
  write({ ...members, 'config.json': new TextEncoder().encode(config) });
  await expect(loadModel(path)).rejects.toThrow('is "latin-1" in the file, but texts here are UTF-8');
});
