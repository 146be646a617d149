/** Random changes of images are Keras's where nothing is left to chance but a sign: numbers from `test/golden/images.py`. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import * as layers from '../../layers/index.ts';
import type { LayerFactory } from '../../src/core/defineLayer.ts';
import type { Layer } from '../../src/core/layer.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { optionsOf } from '../helpers/keras.ts';
import { drive } from './drive.ts';

interface Case { readonly kind: string; readonly options: Record<string, unknown>; readonly outputs: readonly (readonly number[])[] }
const cases = JSON.parse(readFileSync(new URL('../golden/images.json', import.meta.url), 'utf8')) as readonly Case[];
const factories = layers as unknown as Readonly<Record<string, LayerFactory>>;

const trained = (layer: Layer, x: Tensor, seed = 1) => drive(layer, x, { training: true, seed }).outputs[0]!;
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.max(...Array.from(a, (n, i) => Math.abs(n - b[i]!)));

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.for(cases.map((each) => [`${each.kind} ${JSON.stringify(each.options)}`, each] as const))('%s', ([, { kind, options, outputs }]) => tf.tidy(() => {
    const shape = options.data_format === 'channels_first' ? [2, 3, 5, 6] : [2, 5, 6, 3];
    const x = tf.tensor(Float32Array.from({ length: 180 }, (_, i) => (Math.sin(0.7 * i) + 1) * 100 + 5), shape);
    const layer = factories[kind]!(optionsOf(options));
    const seen = new Set<number>();
    for (let seed = 0; seed < (outputs.length > 1 ? 6 : 1); seed++) {
      const y = trained(layer, x, seed);
      expect(y.shape).toEqual(shape);
      // Each image by itself.
      for (const image of [0, 1]) {
        const part = <T extends ArrayLike<number>>(numbers: T) => Array.from(numbers).slice(image * 90, image * 90 + 90);
        const nearest = outputs.map((output) => distance(part(y.dataSync()), part(output))).reduce((best, far, i, all) => (far < all[best]! ? i : best), 0);
        seen.add(nearest);
        expectClose(part(y.dataSync()), part(outputs[nearest]!), { rtol: 1e-5, atol: 1e-2 });
      }
    }
    expect(seen.size).toBe(outputs.length);
    if (kind !== 'autoContrast') expect(drive(layer, x).outputs[0]).toBe(x);
  }));

  test('autoContrast leaves a channel of one value', () => tf.tidy(() => {
    expect([...trained(layers.autoContrast({ valueRange: [0, 1] }), tf.tensor([0.2, 7, 0.4, 7], [1, 1, 2, 2])).dataSync()]).toEqual([0, 7, 1, 7]);
  }));

  test('solarization inverts what is not below a threshold', () => tf.tidy(() => {
    const x = tf.reshape(tf.range(0, 256, 1, 'float32'), [1, 16, 16, 1]);
    const y = [...trained(layers.solarization({ thresholdFactor: [1, 1] }), x).dataSync()];
    const threshold = y.findIndex((n, i) => n !== i);
    expect(threshold).toBeGreaterThan(0);
    expect(y).toEqual(Array.from({ length: 256 }, (_, i) => (i < threshold ? i : 255 - i)));
  }));

  test('randomErasing fills a rectangle, somewhere', () => tf.tidy(() => {
    const places = new Set<string>();
    for (let seed = 0; seed < 8; seed++) {
      // A quarter of the area: half of each side.
      const y = trained(layers.randomErasing({ factor: [1, 1], scale: [0.25, 0.25], fillValue: 3 }), tf.zeros([1, 8, 12, 2]), seed).arraySync() as number[][][][];
      const rows = y[0]!.flatMap((row, i) => (row.some(([n]) => n === 3) ? [i] : []));
      const columns = y[0]![rows[0]!]!.flatMap(([n], i) => (n === 3 ? [i] : []));
      expect([rows.length, columns.length]).toEqual([4, 6]);
      y[0]!.forEach((row, i) => row.forEach((pixel, j) => expect(pixel).toEqual(rows.includes(i) && columns.includes(j) ? [3, 3] : [0, 0])));
      places.add(`${rows[0]} ${columns[0]}`);
    }
    expect(places.size).toBeGreaterThan(3);
    const noise = [...trained(layers.randomErasing({ factor: [1, 1], scale: [1, 1], valueRange: [0, 1] }), tf.fill([1, 20, 20, 1], -1)).dataSync()];
    // Normal numbers cut to 0 … 1: half are 0, a sixth 1.
    expect(noise.filter((n) => n === 0).length / 400).toBeCloseTo(0.5, 1);
    expect(noise.filter((n) => n === 1).length / 400).toBeCloseTo(0.159, 1);
  }));

  test('a probability of a half changes about half of the images', () => tf.tidy(() => {
    const x = tf.tile(tf.tensor([10, 20, 30], [1, 1, 1, 3]), [400, 2, 2, 1]);
    const changed = (layer: Layer) => {
      const y = trained(layer, x);
      return tf.sum(tf.cast(tf.greater(tf.max(tf.abs(tf.sub(y, x)), [1, 2, 3]), 0), 'float32')).dataSync()[0]!;
    };
    for (const layer of [layers.randomGrayscale(), layers.randomInvert({ factor: [0.5, 0.5] }), layers.randomErasing({ factor: [0.5, 0.5], scale: [1, 1] })]) {
      expect(Math.abs(changed(layer) - 200)).toBeLessThan(50);
    }
  }));
});

test('takes colours where it needs them', () => {
  const on = (layer: Layer, sizes: readonly number[]) => () => layer.plan([{ shape: sizes as never, dtype: 'float32', batchSize: null }]);
  expect(on(layers.randomHue({ factor: 0.1 }), [4, 4, 1])).toThrow('randomHue: takes images of 3 channels, red, green and blue, but here one example is [4, 4, 1]');
  expect(on(layers.randomGrayscale({ dataFormat: 'channelsFirst' }), [4, 4, 3])).toThrow('randomGrayscale: takes images of 3 channels');
  expect(() => layers.randomGaussianBlur({ kernelSize: 4 })).toThrow('kernelSize must be odd');
  expect(() => layers.randomPosterization({ factor: 9 })).toThrow('factor must be at most 8');
});
