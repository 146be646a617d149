/** Layers that disturb their input while training, on many numbers at once. */
import { beforeAll, describe, expect, test } from 'vitest';
import { activityRegularization, alphaDropout, dropout, gaussianDropout, gaussianNoise, spatialDropout1d, spatialDropout2d, spatialDropout3d } from '../../layers/index.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';

const trained = (layer: Parameters<typeof drive>[0], x: Tensor) => drive(layer, x, { training: true }).outputs[0]!;
const meanOf = (values: ArrayLike<number>) => Array.from(values).reduce((sum, n) => sum + n, 0) / values.length;
const varianceOf = (values: ArrayLike<number>) => {
  const mean = meanOf(values);
  return meanOf(Array.from(values, (n) => (n - mean) ** 2));
};

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.for([
    ['dropout', dropout({ rate: 0.3 })], ['alphaDropout', alphaDropout({ rate: 0.3 })], ['gaussianDropout', gaussianDropout({ rate: 0.3 })],
    ['gaussianNoise', gaussianNoise({ stddev: 0.3 })], ['spatialDropout1d', spatialDropout1d({ rate: 0.3 })],
  ] as const)('%s leaves predictions alone', ([, layer]) => tf.tidy(() => {
    const x = tf.tensor([1, 2, 3, 4], [1, 2, 2]);
    expect([...drive(layer, x).outputs[0]!.dataSync()]).toEqual([1, 2, 3, 4]);
  }));

  test('dropout drops its share and scales up the rest', () => tf.tidy(() => {
    const y = trained(dropout({ rate: 0.3 }), tf.ones([100, 100])).dataSync();
    const zeros = y.filter((n) => n === 0).length;
    expect(zeros / y.length).toBeCloseTo(0.3, 1.5);
    expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
  }));

  test('dropout with a noise shape drops along the axes that share it', () => tf.tidy(() => {
    const y = trained(dropout({ rate: 0.5, noiseShape: [null, 1, null] }), tf.ones([8, 5, 8])).dataSync();
    const steps = Array.from({ length: 8 }, (_, b) => Array.from({ length: 5 }, (_, t) => [...y.slice((b * 5 + t) * 8, (b * 5 + t + 1) * 8)]));
    for (const [first, ...rest] of steps) for (const step of rest) expect(step).toEqual(first);
    expect(new Set(y).size).toBe(2);
  }));

  test('dropout refuses noise that does not fit', () => {
    expect(() => drive(dropout({ rate: 0.5, noiseShape: [null, 2] }), tf.ones([2, 3, 4])))
      .toThrow("dropout: noiseShape must be [batch, …] with null, 1 or the input's size for each axis, here [?, 3, 4], got [?, 2]");
    expect(() => dropout({ rate: 1 })).toThrow('dropout: rate must be less than 1, got 1');
  });

  test('alphaDropout keeps mean and variance', () => tf.tidy(() => {
    const x = tf.tensor(Float32Array.from({ length: 40_000 }, (_, i) => Math.SQRT2 * Math.sin(i * 0.7)), [200, 200]);
    const y = trained(alphaDropout({ rate: 0.2 }), x).dataSync();
    expect(Math.abs(meanOf(y))).toBeLessThan(0.03);
    expect(varianceOf(y)).toBeCloseTo(1, 1);
    expect(y.filter((n) => n < -1.2).length).toBeGreaterThan(0);
  }));

  test('gaussian noise has its deviation', () => tf.tidy(() => {
    const added = trained(gaussianNoise({ stddev: 0.4 }), tf.zeros([100, 100])).dataSync();
    expect(Math.abs(meanOf(added))).toBeLessThan(0.02);
    expect(varianceOf(added)).toBeCloseTo(0.16, 1.5);
    const times = trained(gaussianDropout({ rate: 0.2 }), tf.fill([100, 100], 2)).dataSync();
    expect(meanOf(times)).toBeCloseTo(2, 1);
    expect(varianceOf(times)).toBeCloseTo(4 * 0.25, 1);
  }));

  test.for([
    ['spatialDropout1d', spatialDropout1d({ rate: 0.5 }), [4, 6, 8], 8],
    ['spatialDropout2d', spatialDropout2d({ rate: 0.5 }), [4, 3, 2, 8], 8],
    ['spatialDropout3d', spatialDropout3d({ rate: 0.5 }), [4, 2, 3, 1, 8], 8],
  ] as const)('%s drops whole channels', ([, layer, shape, channels]) => tf.tidy(() => {
    const y = trained(layer, tf.ones([...shape])).dataSync();
    const points = y.length / shape[0] / channels;
    const of = (example: number, channel: number) => Array.from({ length: points }, (_, p) => y[(example * points + p) * channels + channel]!);
    const kinds = new Set<number>();
    for (let example = 0; example < shape[0]; example++) {
      for (let channel = 0; channel < channels; channel++) {
        expect(new Set(of(example, channel)).size).toBe(1);
        kinds.add(of(example, channel)[0]!);
      }
    }
    expect(kinds).toEqual(new Set([0, 2]));
  }));

  test('spatialDropout2d finds channels that come first', () => tf.tidy(() => {
    const y = trained(spatialDropout2d({ rate: 0.5, dataFormat: 'channelsFirst' }), tf.ones([4, 8, 3, 2])).dataSync();
    for (let i = 0; i < y.length; i += 6) expect(new Set(y.slice(i, i + 6)).size).toBe(1);
    expect(new Set(y)).toEqual(new Set([0, 2]));
  }));

  test('activityRegularization adds its penalty, divided by the batch, and nothing else', () => tf.tidy(() => {
    const x = tf.tensor([[1, -2], [3, -4]]);
    const { outputs, penalties } = drive(activityRegularization({ l1: 0.1, l2: 0.01 }), x);
    expect(outputs[0]).toBe(x);
    expect(penalties.length).toBe(1);
    expect(penalties[0]!.dataSync()[0]).toBeCloseTo((0.1 * 10 + 0.01 * 30) / 2, 6);
  }));
});
