/** Layers that change images at random, to Keras and back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { input, layers, loadModel, sequential } from 'ibexjs';
import { expectClose } from '../helpers/close.ts';
import { askKeras, kerasPython, withoutKeras } from '../helpers/kerasPython.ts';

const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
afterAll(() => rmSync(folder, { recursive: true }));

const valueRange: [number, number] = [0, 1];
const build = () => sequential([
  input({ shape: [6, 5, 3] }), layers.autoContrast({ valueRange }),
  layers.pipeline({ layers: [layers.randomGrayscale({ factor: 0.2 }), layers.randomInvert({ factor: [0.1, 0.3], valueRange })] }),
  layers.randomColorDegeneration({ factor: 0.3, valueRange, seed: 3 }), layers.randomColorJitter({ brightnessFactor: 0.1, contrastFactor: [0.2, 0.3], hueFactor: 0.1, valueRange }),
  layers.randomErasing({ fillValue: [1, 2, 3], valueRange }), layers.randomGaussianBlur({ kernelSize: [3, 5], sigma: 0.5, valueRange }), layers.randomHue({ factor: 0.1, valueRange }),
  layers.randomPosterization({ factor: 5, valueRange }), layers.randomSaturation({ factor: 0.4, valueRange }), layers.randomSharpness({ factor: 0.4, valueRange }),
  layers.randomShear({ xFactor: 0.2, fillMode: 'constant', interpolation: 'nearest' }), layers.solarization({ thresholdFactor: 0.3, valueRange }),
  layers.flatten(), layers.dense({ units: 2 }),
], { seed: 1 });
const described = (net: ReturnType<typeof build>) => net.layers.map(({ kind, options }) => JSON.stringify([kind, options], (_, value: unknown) => (typeof value === 'function' && 'kind' in value && 'options' in value ? [value.kind, value.options] : value)));
const x = { data: Float32Array.from({ length: 180 }, (_, i) => (Math.sin(i) + 1) / 2), shape: [2, 6, 5, 3] };

test('come back the same', async () => {
  const net = build();
  const path = join(folder, 'images.keras');
  await net.save(path);
  const again = await loadModel(path);
  expect(described(again as never)).toEqual(described(net));
  expect([...again.predict(x).dataSync()]).toEqual([...net.predict(x).dataSync()]);
});

test.skipIf(!kerasPython)(`Keras reads and trains them, and ibex reads what Keras then writes${withoutKeras}`, async () => {
  const net = build();
  const [path, after] = [join(folder, 'to.keras'), join(folder, 'from.keras')];
  await net.save(path);
  const program = `
import keras, numpy as np
model = keras.models.load_model(given["path"])
x = np.array(given["x"], "float32").reshape(2, 6, 5, 3)
y = model.predict(x, verbose=0).ravel().tolist()
model.compile("sgd", "mse")
model.fit(x, np.zeros((2, 2), "float32"), verbose=0)
model.save(given["after"])
print(json.dumps([y, model.predict(x, verbose=0).ravel().tolist()]))`;
  const [before, trained] = askKeras(program, { path, after, x: [...x.data] }) as [number[], number[]];
  expectClose(net.predict(x).dataSync(), before, { rtol: 1e-5, atol: 1e-6 });
  const again = await loadModel(after, { compile: false });
  expectClose((again.predict(x) as ReturnType<typeof net.predict>).dataSync(), trained, { rtol: 1e-5, atol: 1e-6 });
  expect(described(again as never).slice(0, -1)).toEqual(described(net).slice(0, -1));
}, 300_000);
