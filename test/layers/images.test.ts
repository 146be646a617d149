/** Random changes of images: settings that leave no choice give a known image (Keras 3.15.1 gives the same), and all others one of the known set. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  randomBrightness, randomContrast, randomCrop, randomFlip, randomRotation, randomTranslation, randomZoom,
} from '../../layers/index.ts';
import type { Layer } from '../../src/core/layer.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { drive } from './drive.ts';

/** 1 … 12 in three rows of four. */
const picture = () => tf.reshape(tf.range(1, 13, 1, 'float32'), [1, 3, 4, 1]);
const trained = (layer: Layer, x: Tensor, seed = 1) => drive(layer, x, { training: true, seed }).outputs[0]!;
const exactly = { rtol: 0, atol: 1e-4 };

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.for<[string, Layer]>([
    ['randomFlip', randomFlip()], ['randomRotation', randomRotation({ factor: 0.3 })], ['randomZoom', randomZoom({ heightFactor: 0.3 })],
    ['randomTranslation', randomTranslation({ heightFactor: 0.3, widthFactor: 0.3 })], ['randomBrightness', randomBrightness({ factor: 0.3 })], ['randomContrast', randomContrast({ factor: 0.3 })],
  ])('%s leaves predictions alone', ([, layer]) => tf.tidy(() => {
    const x = picture();
    expect(drive(layer, x).outputs[0]).toBe(x);
  }));

  test('a quarter turn', () => tf.tidy(() => {
    const square = tf.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
    // The point (x, y) is taken from the one that a turn by 90° about the middle leads to: a turn against the clock.
    expectClose(trained(randomRotation({ factor: [0.25, 0.25] }), square).dataSync(), [3, 6, 9, 2, 5, 8, 1, 4, 7], exactly);
    expectClose(trained(randomRotation({ factor: [0.5, 0.5] }), square).dataSync(), [9, 8, 7, 6, 5, 4, 3, 2, 1], exactly);
  }));

  test('a shift by whole points', () => tf.tidy(() => {
    const shift = (fillMode: 'constant' | 'nearest' | 'reflect') =>
      trained(randomTranslation({ heightFactor: [1 / 3, 1 / 3], widthFactor: [0.25, 0.25], fillMode, fillValue: -1 }), picture()).dataSync();
    expectClose(shift('constant'), [-1, -1, -1, -1, -1, 1, 2, 3, -1, 5, 6, 7], exactly);
    expectClose(shift('nearest'), [1, 1, 2, 3, 1, 1, 2, 3, 5, 5, 6, 7], exactly);
    expectClose(shift('reflect'), [1, 1, 2, 3, 1, 1, 2, 3, 5, 5, 6, 7], exactly);
  }));

  test('a zoom to half the height and width shows the middle', () => tf.tidy(() => {
    const x = tf.reshape(tf.range(0, 16, 1, 'float32'), [1, 4, 4, 1]);
    // Rows and columns 0.75, 1.25, 1.75, 2.25 of a plane of slope 1 and 4.
    const at = [0.75, 1.25, 1.75, 2.25];
    expectClose(trained(randomZoom({ heightFactor: [-0.5, -0.5] }), x).dataSync(), at.flatMap((y) => at.map((z) => 4 * y + z)), exactly);
  }));

  test('randomFlip mirrors about half of the images, along each axis by itself', () => tf.tidy(() => {
    const x = tf.tile(picture(), [200, 1, 1, 1]);
    const known = new Map([[[], 'as it is'], [[2], 'left and right'], [[1], 'top and bottom'], [[1, 2], 'both']].map(([axes, name]) =>
      [tf.reverse(picture(), axes as number[]).dataSync().join(), name as string]));
    const counts = (layer: Layer) => {
      const y = trained(layer, x).dataSync();
      const found = Array.from({ length: 200 }, (_, i) => known.get(y.slice(i * 12, i * 12 + 12).join()));
      return Object.fromEntries([...known.values()].map((name) => [name, found.filter((each) => each === name).length]));
    };
    for (const n of Object.values(counts(randomFlip()))) expect(Math.abs(n - 50)).toBeLessThan(25);
    const horizontal = counts(randomFlip({ mode: 'horizontal' }));
    expect(horizontal['as it is']! + horizontal['left and right']!).toBe(200);
    expect(Math.abs(horizontal['left and right']! - 100)).toBeLessThan(30);
  }));

  test('randomCrop cuts every window, and in prediction resizes the largest one', () => tf.tidy(() => {
    const layer = randomCrop({ height: 2, width: 3 });
    const windows = new Set<string>();
    for (let seed = 0; seed < 40; seed++) windows.add(trained(layer, picture(), seed).dataSync().join());
    const possible = [0, 1].flatMap((top) => [0, 1].map((left) => tf.slice(picture(), [0, top, left, 0], [1, 2, 3, 1]).dataSync().join()));
    expect([...windows].sort()).toEqual(possible.sort());
    // The largest window of proportions 2 : 3 is rows 0 and 1, all columns: one column from each 4 / 3.
    expectClose(drive(layer, picture()).outputs[0]!.dataSync(), [7 / 6, 2.5, 23 / 6, 31 / 6, 6.5, 47 / 6], exactly);
  }));

  test('randomBrightness adds one number to all of an image and stays in range', () => tf.tidy(() => {
    const y = trained(randomBrightness({ factor: [0.1, 0.2], valueRange: [0, 10] }), tf.tensor([1, 2, 3, 9.9], [1, 2, 2, 1])).dataSync();
    const added = y[0]! - 1;
    expect(added).toBeGreaterThanOrEqual(1);
    expect(added).toBeLessThanOrEqual(2);
    expectClose(y, [1 + added, 2 + added, 3 + added, 10], exactly);
  }));

  test('randomContrast keeps the mean of each channel', () => tf.tidy(() => {
    const x = tf.tensor([1, 10, 3, 30], [1, 1, 2, 2]);
    const y = trained(randomContrast({ factor: [0.5, 0] }), x).dataSync();
    const stretch = (y[2]! - y[0]!) / 2;
    expect(stretch).toBeGreaterThanOrEqual(0.5);
    expect(stretch).toBeLessThanOrEqual(1);
    expectClose(y, [2 - stretch, 20 - 10 * stretch, 2 + stretch, 20 + 10 * stretch], exactly);
  }));
});
