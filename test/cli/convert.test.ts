/** `ibex convert`: what it reads and writes, and what it says where it cannot. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { input, layers, loadModel, ModelError, sequential, tf } from 'ibexjs';
import { defineLayer } from 'ibexjs/define';
import { z } from 'zod';
import { convertModel } from '../../src/cli/convert.ts';
import { openOnnx, runOnnx } from '../formats/onnx/runOnnx.ts';
import { ibex, type Ended } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-convert-'));
const at = (name: string) => join(folder, name);
const convert = (...names: string[]): Promise<Ended> => ibex(['convert', ...names.map(at)]);
const x = [[0.1, -0.4, 0.7], [1, 2, -3]];
let answers: number[];

/** What the model in a file predicts. */
async function predicted(name: string): Promise<number[]> {
  const net = await loadModel(at(name));
  const y = net.predict(x);
  net.dispose();
  const numbers = [...y.dataSync()];
  y.dispose();
  return numbers;
}

const expectAnswers = (got: readonly number[]): void => got.forEach((n, i) => expect(n).toBeCloseTo(answers[i]!, 5));

beforeAll(async () => {
  const net = sequential([input({ shape: [3], name: 'features' }), layers.dense({ units: 4, activation: 'tanh' }), layers.dense({ units: 2, name: 'scores' })], { name: 'little', seed: 5 });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  await net.fit(x, [[1, 0], [0, 1]], { epochs: 2, verbose: 0 });
  await net.save(at('little.keras'));
  const y = net.predict(x);
  answers = [...y.dataSync()];
  y.dispose();
  net.dispose();
  const doubled = defineLayer({ kind: 'doubled', options: z.strictObject({}), build: (_, shape) => ({ output: shape }), call: (each) => tf.mul(each, 2) });
  const own = sequential([input({ shape: [2] }), doubled()]);
  await own.save(at('own.keras'));
  own.dispose();
  const hard = sequential([input({ shape: [2] }), layers.dense({ units: 1, activation: 'hardSigmoid' })]);
  await hard.save(at('hard.keras'));
  hard.dispose();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('ibex convert', () => {
  test('to ONNX', async () => {
    expect(await convert('little.keras', 'little.onnx')).toEqual({ status: 0, stdout: `${at('little.keras')} → ${at('little.onnx')}: little, 26 parameters\n`, stderr: '' });
    const session = await openOnnx(at('little.onnx'));
    const given = tf.tensor(x);
    const { scores } = await runOnnx(session, [given]);
    expectAnswers([...scores!.dataSync()]);
    tf.dispose([given, scores!]);
    await session.release();
  });

  test('to a model.json of TensorFlow.js and back, and to a SavedModel', async () => {
    mkdirSync(at('web'));
    expect((await convert('little.keras', 'web/model.json')).status).toBe(0);
    expectAnswers(await predicted('web/model.json'));
    expect((await convert('web/model.json', 'back.keras')).status).toBe(0);
    expectAnswers(await predicted('back.keras'));
    expect((await convert('back.keras', 'served')).status).toBe(0);
    expect(readdirSync(at('served'))).toContain('saved_model.pb');
  });

  test('from an older Keras, with compilation and optimizer state', async () => {
    const fixture = new URL('../formats/fixtures/keras2/', import.meta.url);
    copyFileSync(new URL('graph.h5', fixture), at('graph.h5'));
    expect(await convert('graph.h5', 'graph.keras')).toMatchObject({ status: 0, stderr: '' });
    const [older, younger] = [await loadModel(at('graph.h5')), await loadModel(at('graph.keras'))];
    expect(younger.compileOptions).toBeDefined();
    expect(younger.readWeights()).toEqual(older.readWeights());
    older.dispose();
    younger.dispose();
  });

  test.each<[string, string[], string]>([
    ['without names', [], 'ibex convert: what, and into what?'],
    ['without a target', ['little.keras'], 'into what?'],
    ['from nothing', ['no.keras', 'x.onnx'], 'there is no such file: check the path'],
    ['over itself', ['little.keras', './little.keras'], 'would be written over itself; name another file'],
    ['into an unknown format', ['little.keras', 'little.txt'], 'does not write .txt files: <to> ends in .keras'],
    ['from an unknown format', ['little.txt', 'little.keras'], 'must end in .keras'],
    ['from weights alone', ['little.weights.h5', 'x.onnx'], 'holds weights without a model; make the model and call loadWeights() of it'],
    ['from a folder of TensorFlow.js', ['tfjs', 'x.keras'], 'is a folder; name the model.json in it'],
    ['from a SavedModel', ['tensorflow', 'x.keras'], 'is a SavedModel, which ibex writes but does not read'],
    ['of what TensorFlow.js does not have', ['hard.keras', 'model.json'], 'its activation is "hard_sigmoid", which tf.layers does not have, or not as Keras computes it; save as .keras'],
    ['of a layer of one\'s own', ['own.keras', 'x.onnx'], 'is a layer of class "doubled", which ibex does not know'],
  ])('%s is an error in words, and nothing is written', async (_, names, words) => {
    for (const [name, file] of [['tfjs', 'model.json'], ['tensorflow', 'saved_model.pb']] as const) {
      mkdirSync(at(name), { recursive: true });
      writeFileSync(at(`${name}/${file}`), '');
    }
    const before = readdirSync(folder);
    await expect(convertModel.run(names.map(at))).rejects.toThrow(words);
    await expect(convertModel.run(names.map(at))).rejects.toThrow(ModelError);
    expect(readdirSync(folder)).toEqual(before);
  });

  test('ends with 1 and a sentence where it fails, and leaves an older file as it was', async () => {
    writeFileSync(at('older.onnx'), 'older');
    const { status, stdout, stderr } = await convert('own.keras', 'older.onnx');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^ibex convert: loadModel: .*This command knows no layers of your own: convert such a model in a program, and save it there\n$/);
    expect(readFileSync(at('older.onnx'), 'utf8')).toBe('older');
  });
});
