import { beforeAll, describe, expect, it } from 'vitest';
import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { startWasm } from '../../../src/runtime/wasm/start.ts';
import { along, numbers } from './windows.ts';

beforeAll(startWasm);

type Pair = readonly [height: number, width: number];

interface Case {
  readonly size: Pair;
  readonly channels: number;
  readonly multiplier?: number;
  readonly window: Pair;
  readonly strides?: Pair;
  readonly dilations?: Pair;
  readonly pad: 'same' | 'valid';
}

const batch = 2;
/** The convolution and its gradients, by their definition. */
function byDefinition({ size, channels, multiplier = 1, window, strides = [1, 1], dilations = [1, 1], pad }: Case, x: Float32Array, filter: Float32Array) {
  const [rows, columns] = size.map((length, i) => along(length, window[i]!, strides[i]!, dilations[i]!, pad)) as [ReturnType<typeof along>, ReturnType<typeof along>];
  const filters = channels * multiplier;
  const y = new Float64Array(batch * rows.out * columns.out * filters);
  const dy = numbers(y.length, 3);
  const dx = new Float64Array(x.length);
  const dFilter = new Float64Array(filter.length);
  for (let to = 0; to < y.length; to++) {
    const f = to % filters, c = Math.floor(to / filters) % columns.out, r = Math.floor(to / filters / columns.out) % rows.out, b = Math.floor(to / filters / columns.out / rows.out);
    for (let p = 0; p < window[0]; p++) for (let q = 0; q < window[1]; q++) {
      const row = r * strides[0] - rows.front + p * dilations[0], column = c * strides[1] - columns.front + q * dilations[1];
      if (row < 0 || row >= size[0] || column < 0 || column >= size[1]) continue;
      const from = ((b * size[0] + row) * size[1] + column) * channels + Math.floor(f / multiplier), weight = (p * window[1] + q) * filters + f;
      y[to]! += x[from]! * filter[weight]!;
      dx[from]! += dy[to]! * filter[weight]!;
      dFilter[weight]! += dy[to]! * x[from]!;
    }
  }
  return { y, dy, dx, dFilter, outShape: [batch, rows.out, columns.out, filters] };
}

function expectClose(actual: Tensor, expected: Float64Array): void {
  const values = actual.dataSync<'float32'>();
  expect(values.length).toBe(expected.length);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(values.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0)).toBeLessThan(2e-6 * (1 + scale));
}

const cases: Record<string, Case> = {
  '3×3, eight channels, same': { size: [7, 6], channels: 8, window: [3, 3], pad: 'same' },
  '3×3, twelve channels, valid': { size: [5, 9], channels: 12, window: [3, 3], pad: 'valid' },
  '3×3, five channels': { size: [6, 5], channels: 5, window: [3, 3], pad: 'same' },
  '3×3, stride 2': { size: [9, 8], channels: 20, window: [3, 3], strides: [2, 2], pad: 'same' },
  '3×3, stride 2 along a row': { size: [6, 9], channels: 8, window: [3, 3], strides: [1, 2], pad: 'valid' },
  '3×3, dilated': { size: [9, 10], channels: 8, window: [3, 3], dilations: [2, 3], pad: 'same' },
  '3×3, dilated along a column': { size: [9, 5], channels: 4, window: [3, 3], dilations: [2, 1], pad: 'same' },
  '5×5, twenty channels, same': { size: [7, 8], channels: 20, window: [5, 5], pad: 'same' },
  '2×4, padded by more on one side': { size: [6, 7], channels: 4, window: [2, 4], pad: 'same' },
  'a window larger than the input': { size: [2, 1], channels: 4, window: [3, 3], pad: 'same' },
  'several blocks of rows': { size: [40, 30], channels: 32, window: [3, 3], pad: 'same' },
  'three filters a channel': { size: [5, 6], channels: 4, multiplier: 3, window: [3, 3], pad: 'same' },
  'three filters a channel, stride 2': { size: [6, 5], channels: 3, multiplier: 3, window: [3, 2], strides: [2, 2], pad: 'same' },
};

describe('the depthwise convolutions of the embedded engine', () => {
  for (const [name, one] of Object.entries(cases)) {
    it(`give what their definition says: ${name}`, () => {
      const { size, channels, multiplier = 1, window, strides = [1, 1], dilations = [1, 1], pad } = one;
      const xShape = [batch, ...size, channels], filterShape = [...window, channels, multiplier];
      const xValues = numbers(tf.util.sizeFromShape(xShape), 1), filterValues = numbers(tf.util.sizeFromShape(filterShape), 2);
      const expected = byDefinition(one, xValues, filterValues);
      const x = tf.tensor(xValues, xShape), filter = tf.tensor(filterValues, filterShape), dy = tf.tensor(expected.dy, expected.outShape);
      const run = (kernel: string, inputs: object, more: object = {}) =>
        tf.engine().runKernel(kernel, inputs as tf.NamedTensorMap, { strides, dilations, pad, ...more } as unknown as tf.NamedAttrMap) as Tensor;
      expectClose(run('DepthwiseConv2dNative', { x, filter }), expected.y);
      expectClose(run('DepthwiseConv2dNativeBackpropInput', { dy, filter }, { inputShape: xShape }), expected.dx);
      expectClose(run('DepthwiseConv2dNativeBackpropFilter', { x, dy }, { filterShape }), expected.dFilter);
      const bias = numbers(channels * multiplier, 4);
      const fused = run('FusedDepthwiseConv2D', { x, filter, bias: tf.tensor1d(bias) }, { activation: 'relu', dimRoundingMode: undefined });
      expectClose(fused, expected.y.map((value, i) => Math.max(0, value + bias[i % bias.length]!)));
    });
  }
});
