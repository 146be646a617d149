/** Activation functions that are layers here alone: Keras reads them as its `Activation`, where it has what they compute. */
import { afterAll, describe, expect, test } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { input, layers, loadModel, sequential, type Layer } from 'ibexjs';
import { expectClose } from '../helpers/close.ts';
import { askKeras, kerasPython, withoutKeras } from '../helpers/kerasPython.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
afterAll(() => rmSync(folder, { recursive: true }));
const x = [[-3, -0.7, -0.2, 0.1, 0.6, 2.5], [0.5, 1, 1.5, -1, 0, 4]];

const { celu, gelu, hardShrink, logSoftmax, softShrink, sparsemax, squareplus, threshold, glu } = layers;
const known: Record<string, () => Layer> = { celu, gelu, hardShrink, logSoftmax, softShrink, sparsemax, squareplus };
const own: Record<string, () => Layer> = {
  celu: () => celu({ alpha: 0.5 }), gelu: () => gelu({ approximate: true }), glu, hardShrink: () => hardShrink({ threshold: 1 }), threshold: () => threshold({ threshold: 1, defaultValue: -1 }),
};

async function saved(name: string, make: () => Layer) {
  const net = sequential([input({ shape: [6] }), layers.dense({ units: 6 }), make(), layers.dense({ units: 2 })], { seed: 4 });
  const path = join(folder, `${name}.keras`);
  await net.save(path);
  const again = await loadModel(path);
  const answers = [...net.predict(x).dataSync()];
  expect([...again.predict(x).dataSync()]).toEqual(answers);
  const { kind, options } = again.layers[1]!;
  net.dispose();
  again.dispose();
  return { path, answers, kind, options };
}

test.each(Object.entries(known))('%s is saved as Keras’s Activation, and predicts the same bits', async (name, make) => {
  const { kind, options } = await saved(name, make);
  expect({ kind, options }).toEqual({ kind: 'activation', options: { activation: name } });
});

test.each(Object.entries(own))('%s with settings, or of another shape, is saved as what it is', async (name, make) => {
  const { kind, options } = await saved(`own-${name}`, make);
  expect({ kind, options }).toEqual({ kind: name, options: make().options });
});

describe.skipIf(!kerasPython)(`Keras${withoutKeras}`, () => {
  test('predicts as ibex does', async () => {
    const files = await Promise.all(Object.entries(known).map(async ([name, make]) => ({ name, ...(await saved(name, make)) })));
    const program = `
import keras, numpy as np
x = np.array(given["x"], "float32")
print(json.dumps([keras.models.load_model(path).predict(x, verbose=0).ravel().tolist() for path in given["paths"]]))`;
    const answers = askKeras(program, { x, paths: files.map(({ path }) => path) }) as number[][];
    files.forEach(({ answers: ours }, i) => expectClose(ours, answers[i]!, { rtol: 1e-5, atol: 1e-6 }));
  }, 300_000);
});
