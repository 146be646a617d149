/** Layers of a user's own in files: written by name and options, read with the code that the program has. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { input, layers, loadModel, model, sequential, setBackend, tf, type Model } from 'ibexjs';
import { defineLayer, weight } from 'ibexjs/define';
import { problemOf } from '../../helpers/problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
const path = join(folder, 'own.keras');
beforeAll(() => setBackend('wasm'));
afterAll(() => rmSync(folder, { recursive: true }));

const swish2 = defineLayer({
  kind: 'swish2',
  options: z.strictObject({ beta: z.number().default(1), powers: z.array(z.int()).default([]) }),
  build: (_, shape) => ({ output: shape, weights: { slope: weight([shape.at(-1)!], 'ones') } }),
  call: (x, { options, weights }) => tf.mul(tf.mul(x, weights.slope), tf.sigmoid(tf.mul(x, options.beta))),
});

const x = [[1, -2, 3], [0.5, 4, -1]];
const told = (net: Model<never>) => [...(net as unknown as Model<tf.Tensor>).predict(x).dataSync()];

test('come back with their options and weights, in models of both kinds and within other layers', async () => {
  const own = () => swish2({ beta: 2, powers: [1, 2] });
  const start = input({ shape: [3] });
  const nets = [
    sequential([input({ shape: [3] }), layers.dense({ units: 3 }), own(), layers.dense({ units: 1 })], { seed: 1 }),
    model({ inputs: start, outputs: own()(layers.dense({ units: 2 })(start)), seed: 2 }),
    sequential([input({ shape: [3] }), layers.reshape({ targetShape: [3, 1] }), layers.timeDistributed({ layer: own() })], { seed: 3 }),
  ] as unknown as Model<never>[];
  for (const net of nets) {
    net.setWeights(net.getWeights().map((w) => tf.randomNormal(w.shape, 0, 1, 'float32', 5)));
    await net.save(path);
    // By any name.
    for (const customLayers of [{ swish2 }, { Swish2: swish2 }, { mine: swish2 }] as const) {
      const again = await loadModel(path, { customLayers }) as unknown as Model<never>;
      expect(told(again)).toEqual(told(net));
      again.dispose();
    }
    expect(await problemOf(() => loadModel(path))).toMatch(/is a layer of class "swish2", which ibex does not know.*customLayers: \{ swish2 \}/);
    net.dispose();
  }
});

test('whose options the file has otherwise are refused in words', async () => {
  const net = sequential([input({ shape: [3] }), swish2({ beta: 2 })], { seed: 1 });
  await net.save(path);
  const stricter = defineLayer({ kind: 'swish2', options: z.strictObject({ beta: z.number().max(1) }), build: (_, shape) => ({ output: shape }), call: (t) => t });
  expect(await problemOf(() => loadModel(path, { customLayers: { stricter } }))).toMatch(/the file has the option "powers"|beta must be/);
  expect(await problemOf(() => loadModel(path, { customLayers: { swish2: 'swish2' } as never }))).toContain('must be a factory of layers, as defineLayer gives it');
  net.dispose();
});
