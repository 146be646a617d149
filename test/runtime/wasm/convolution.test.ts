import { beforeAll, describe, expect, it } from 'vitest';
import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { startWasm } from '../../../src/runtime/wasm/start.ts';
import { along, numbers } from './windows.ts';

beforeAll(startWasm);

type Three = readonly [depth: number, height: number, width: number];

interface Case {
  readonly batch: number;
  readonly size: Three;
  readonly channels: number;
  readonly filters: number;
  readonly window: Three;
  readonly strides?: Three;
  readonly dilations?: Three;
  readonly pad: 'same' | 'valid';
}

/** The convolution and its gradients, by their definition. */
function byDefinition({ batch, size, channels, filters, window, strides = [1, 1, 1], dilations = [1, 1, 1], pad }: Case, x: Float32Array, filter: Float32Array, dyOf: (n: number) => Float32Array) {
  const axes = size.map((length, i) => along(length, window[i]!, strides[i]!, dilations[i]!, pad));
  const [oz, oy, ox] = axes.map(({ out }) => out) as [number, number, number];
  const y = new Float64Array(batch * oz * oy * ox * filters);
  const dy = dyOf(y.length);
  const dx = new Float64Array(x.length);
  const dFilter = new Float64Array(filter.length);
  for (let b = 0; b < batch; b++) for (let z = 0; z < oz; z++) for (let r = 0; r < oy; r++) for (let c = 0; c < ox; c++) {
    const to = (((b * oz + z) * oy + r) * ox + c) * filters;
    for (let p = 0; p < window[0]; p++) for (let q = 0; q < window[1]; q++) for (let s = 0; s < window[2]; s++) {
      const [iz, iy, ix] = [z, r, c].map((place, i) => place * strides[i]! - axes[i]!.front + [p, q, s][i]! * dilations[i]!) as [number, number, number];
      if (iz < 0 || iz >= size[0] || iy < 0 || iy >= size[1] || ix < 0 || ix >= size[2]) continue;
      for (let ch = 0; ch < channels; ch++) {
        const from = (((b * size[0] + iz) * size[1] + iy) * size[2] + ix) * channels + ch;
        const weight = (((p * window[1] + q) * window[2] + s) * channels + ch) * filters;
        for (let f = 0; f < filters; f++) {
          y[to + f]! += x[from]! * filter[weight + f]!;
          dx[from]! += dy[to + f]! * filter[weight + f]!;
          dFilter[weight + f]! += dy[to + f]! * x[from]!;
        }
      }
    }
  }
  return { y, dy, dx, dFilter, out: [oz, oy, ox] as const };
}

function expectClose(actual: Tensor, expected: Float64Array): void {
  const values = actual.dataSync<'float32'>();
  expect(values.length).toBe(expected.length);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(values.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0)).toBeLessThan(2e-5 * (1 + scale));
}

const flat = { window: (height: number, width = height): Three => [1, height, width], size: (height: number, width = height): Three => [1, height, width] };
const cases: Record<string, Case> = {
  'one channel, 5×5, same': { batch: 3, size: flat.size(13, 11), channels: 1, filters: 6, window: flat.window(5), pad: 'same' },
  'one channel, 3×3, valid, wider than four': { batch: 2, size: flat.size(6, 9), channels: 1, filters: 9, window: flat.window(3), pad: 'valid' },
  'three channels, 3×3, stride 2, same': { batch: 2, size: flat.size(9, 10), channels: 3, filters: 8, window: flat.window(3), strides: [1, 2, 2], pad: 'same' },
  'five channels, 2×4, stride 3 and 1, valid': { batch: 2, size: flat.size(11, 9), channels: 5, filters: 13, window: flat.window(2, 4), strides: [1, 3, 1], pad: 'valid' },
  'eight channels, 4×4, same, padded by more on one side': { batch: 1, size: flat.size(7), channels: 8, filters: 16, window: flat.window(4), pad: 'same' },
  'a window larger than the input': { batch: 2, size: flat.size(2, 3), channels: 4, filters: 3, window: flat.window(5), pad: 'same' },
  'windows of more than 512 numbers': { batch: 1, size: flat.size(5), channels: 67, filters: 19, window: flat.window(3), pad: 'same' },
  'more than 256 filters': { batch: 1, size: flat.size(4), channels: 7, filters: 300, window: flat.window(3), pad: 'same' },
  'dilated': { batch: 2, size: flat.size(10, 9), channels: 3, filters: 5, window: flat.window(3), dilations: [1, 2, 3], pad: 'same' },
  'dilated, valid': { batch: 1, size: flat.size(12), channels: 6, filters: 8, window: flat.window(3, 2), dilations: [1, 3, 2], pad: 'valid' },
  // By Winograd's filtering: images that end within a tile, several blocks of tiles, of outputs, and of both.
  'sixteen channels, 3×3, odd sizes, same': { batch: 3, size: flat.size(9, 11), channels: 16, filters: 32, window: flat.window(3), pad: 'same' },
  'sixteen channels, 3×3, valid': { batch: 2, size: flat.size(10, 12), channels: 32, filters: 16, window: flat.window(3), pad: 'valid' },
  'many tiles, 3×3, same': { batch: 2, size: flat.size(26, 17), channels: 48, filters: 16, window: flat.window(3), pad: 'same' },
  'more weights than fit, 3×3, same': { batch: 1, size: flat.size(8, 9), channels: 272, filters: 80, window: flat.window(3), pad: 'same' },
  'a long row': { batch: 2, size: flat.size(1, 700), channels: 2, filters: 4, window: flat.window(1, 3), pad: 'same' },
  'a long row of many channels, in more than one block': { batch: 1, size: flat.size(1, 300), channels: 2100, filters: 1, window: flat.window(1, 2), pad: 'same' },
  'pointwise': { batch: 2, size: flat.size(5), channels: 6, filters: 7, window: flat.window(1), pad: 'same' },
  'pointwise, stride 2': { batch: 2, size: flat.size(5), channels: 6, filters: 7, window: flat.window(1), strides: [1, 2, 2], pad: 'same' },
  'solid, same': { batch: 2, size: [4, 5, 6], channels: 3, filters: 5, window: [3, 2, 3], pad: 'same' },
  'solid, valid, strides': { batch: 1, size: [5, 6, 7], channels: 2, filters: 9, window: [2, 3, 2], strides: [2, 1, 2], pad: 'valid' },
};

describe('the convolutions of the embedded engine', () => {
  for (const [name, one] of Object.entries(cases)) {
    it(`give what their definition says: ${name}`, () => {
      const { batch, size, channels, filters, window, strides = [1, 1, 1], dilations = [1, 1, 1], pad } = one;
      const solid = size[0] > 1;
      const axes = <T>(all: readonly T[]) => (solid ? [...all] : all.slice(1));
      const xShape = [batch, ...axes(size), channels];
      const filterShape = [...axes(window), channels, filters];
      const xValues = numbers(tf.util.sizeFromShape(xShape), 1);
      const filterValues = numbers(tf.util.sizeFromShape(filterShape), 2);
      const expected = byDefinition(one, xValues, filterValues, (n) => numbers(n, 3));
      const attributes = { strides: axes(strides), dilations: axes(dilations), pad, dataFormat: solid ? 'NDHWC' : 'NHWC' };
      const x = tf.tensor(xValues, xShape);
      const filter = tf.tensor(filterValues, filterShape);
      const dy = tf.tensor(expected.dy, [batch, ...axes(expected.out), filters]);
      const run = (kernel: string, inputs: object, more: object = {}) =>
        tf.engine().runKernel(kernel, inputs as tf.NamedTensorMap, { ...attributes, ...more } as unknown as tf.NamedAttrMap) as Tensor;
      expectClose(run(solid ? 'Conv3D' : 'Conv2D', { x, filter }), expected.y);
      expectClose(run(solid ? 'Conv3DBackpropInputV2' : 'Conv2DBackpropInput', { dy, filter }, { inputShape: xShape }), expected.dx);
      expectClose(run(solid ? 'Conv3DBackpropFilterV2' : 'Conv2DBackpropFilter', { x, dy }, { filterShape }), expected.dFilter);
    });
  }

  it('adds a bias and bounds the sums', () => {
    const x = tf.tensor(numbers(2 * 6 * 6 * 3, 1), [2, 6, 6, 3]) as tf.Tensor4D;
    const filter = tf.tensor(numbers(3 * 3 * 3 * 11, 2), [3, 3, 3, 11]) as tf.Tensor4D;
    const bias = tf.tensor1d(numbers(11, 3));
    const fused = tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation: 'relu' });
    const apart = tf.relu(tf.add(tf.conv2d(x, filter, 1, 'same'), bias));
    expectClose(fused, Float64Array.from(apart.dataSync()));
    expect(Math.min(...fused.dataSync())).toBe(0);
  });

  it('err no more by Winograd’s filtering than by summing one by one, and give for every image what they give for it alone', () => {
    const one: Case = { batch: 3, size: flat.size(10, 9), channels: 32, filters: 16, window: flat.window(3), pad: 'same' };
    const xValues = numbers(3 * 90 * 32, 1), filterValues = numbers(9 * 32 * 16, 2), bias = numbers(16, 4);
    const expected = byDefinition(one, xValues, filterValues, (n) => numbers(n, 3)).y.map((value, i) => Math.max(0, value + bias[i % 16]!));
    const x = tf.tensor4d(xValues, [3, 10, 9, 32]), filter = tf.tensor4d(filterValues, [3, 3, 32, 16]);
    const convolve = (images: tf.Tensor4D, weights: tf.Tensor4D, offsets: tf.Tensor1D) => tf.fused.conv2d({ x: images, filter: weights, strides: 1, pad: 'same', bias: offsets, activation: 'relu' });
    const worst = (values: Float32Array) => Math.max(...expected.map((value, i) => Math.abs(value - values[i]!)));
    const values = convolve(x, filter, tf.tensor1d(bias)).dataSync<'float32'>();
    // Seventeen filters are no multiple of a line of the cache: their sums are direct.
    const direct = convolve(x, tf.pad(filter, [[0, 0], [0, 0], [0, 0], [0, 1]]), tf.pad(tf.tensor1d(bias), [[0, 1]])).slice([0, 0, 0, 0], [3, 10, 9, 16]).dataSync<'float32'>();
    expect([...values]).not.toEqual([...direct]);
    expect(worst(values)).toBeLessThan(worst(direct));
    const alone = [0, 1, 2].flatMap((i) => [...convolve(x.slice([i, 0, 0, 0], [1, 10, 9, 32]), filter, tf.tensor1d(bias)).dataSync()]);
    expect(alone).toEqual([...values]);
  });
});
