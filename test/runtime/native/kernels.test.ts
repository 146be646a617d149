import { beforeAll, describe, expect, test } from 'vitest';
import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { setBackend } from '../../../src/runtime/choose.ts';
import { hasNative } from '../../engines.ts';

/** A tensor with fixed values that no symmetry hides an error in. */
const values = (shape: number[], phase: number): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(Float32Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + phase)), shape);
};
const run = (kernel: string, inputs: Record<string, Tensor>, attrs: object): Tensor => tf.engine().runKernel(kernel, inputs, attrs as never) as Tensor;

/** Puts zeros between the taps of a filter: what dilation means. */
function spread(filter: Tensor, rates: number[]): Tensor {
  const nested = (x: unknown, depth: number): unknown => {
    const rate = rates[depth];
    if (rate === undefined) return x;
    const rows = (x as unknown[]).map((row) => nested(row, depth + 1));
    const zero = (row: unknown): unknown => (Array.isArray(row) ? row.map(zero) : 0);
    return rows.flatMap((row, i) => (i + 1 < rows.length ? [row, ...Array.from({ length: rate - 1 }, () => zero(row))] : [row]));
  };
  return tf.tensor(nested(filter.arraySync(), 0) as number[]);
}

describe.runIf(hasNative)('kernels of the native engine', () => {
  beforeAll(() => setBackend('native'));

  const shapes = [[9, 8], [12, 7]];
  describe.each(['same', 'valid'] as const)('dilated, %s padding', (pad) => {
    test.each(shapes.flatMap((space) => [[2, 3], [3, 2]].map((dilations) => ({ space, dilations }))))('depthwise $space by $dilations', ({ space, dilations }) => {
      const x = values([2, ...space, 3], 0), filter = values([3, 3, 3, 2], 1);
      const attrs = { strides: [1, 1], pad, dataFormat: 'NHWC', dilations };
      const y = run('DepthwiseConv2dNative', { x, filter }, attrs);
      const spreadOut = run('DepthwiseConv2dNative', { x, filter: spread(filter, dilations) }, { ...attrs, dilations: [1, 1] });
      expect(y.shape).toEqual(spreadOut.shape);
      expect(tf.max(tf.abs(tf.sub(y, spreadOut))).dataSync()[0]).toBeLessThan(1e-5);
    });

    test('conv3d', () => {
      const x = values([1, 6, 7, 5, 2], 0), filter = values([2, 2, 2, 2, 3], 1);
      const attrs = { strides: [1, 1, 1], pad, dataFormat: 'NDHWC', dilations: [2, 3, 2] };
      const y = run('Conv3D', { x, filter }, attrs);
      const spreadOut = run('Conv3D', { x, filter: spread(filter, [2, 3, 2]) }, { ...attrs, dilations: [1, 1, 1] });
      expect(y.shape).toEqual(spreadOut.shape);
      expect(tf.max(tf.abs(tf.sub(y, spreadOut))).dataSync()[0]).toBeLessThan(1e-5);
    });
  });

  // oneDNN's own gradient for these writes beyond its memory: the process then dies here, or a little later.
  test.each([[3, 6, 13, 2, 2], [3, 6, 8, 2, 2], [1, 6, 13, 2, 1], [5, 3, 5, 1, 3]])('the gradient by the filter of a pointwise convolution at strides: batch %i, %i to %i channels, strides %i and %i', (batch, channels, filters, down, right) => {
    const x = values([batch, 10, 12, channels], 0);
    const dy = values([batch, Math.ceil(10 / down), Math.ceil(12 / right), filters], 1);
    const seen = tf.reshape(tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, down, right, 1]), [-1, channels]);
    const product = tf.matMul(seen, tf.reshape(dy, [-1, filters]), true, false);
    for (let i = 0; i < 30; i++) {
      const gradient = run('Conv2DBackpropFilter', { x, dy }, { strides: [down, right], pad: i % 2 ? 'same' : 'valid', dataFormat: 'NHWC', filterShape: [1, 1, channels, filters] });
      expect(gradient.shape).toEqual([1, 1, channels, filters]);
      expect(tf.max(tf.abs(tf.sub(tf.reshape(gradient, product.shape), product))).dataSync()[0]).toBeLessThan(1e-4);
    }
  });

  describe.each([1, [[0, 0], [1, 0], [2, 1], [0, 0]]] as const)('padded by hand: %j', (pad) => {
    const margins = (typeof pad === 'number' ? [[0, 0], [pad, pad], [pad, pad], [0, 0]] : pad) as [number, number][];
    const x = () => values([2, 7, 6, 3], 0), filter = () => values([3, 3, 3, 2], 1);
    const attrs = { strides: [2, 2], pad, dataFormat: 'NHWC', dilations: [1, 1] };

    test.each(['Conv2D', 'DepthwiseConv2dNative'])('%s and its gradients', (name) => {
      const y = run(name, { x: x(), filter: filter() }, attrs);
      const padded = run(name, { x: tf.pad(x(), margins), filter: filter() }, { ...attrs, pad: 'valid' });
      expect([...y.dataSync()]).toEqual([...padded.dataSync()]);
      // The gradients of something linear are its adjoints.
      const dy = values(y.shape, 2);
      const dot = (a: Tensor, b: Tensor): number => tf.sum(tf.mul(a, b)).dataSync()[0]!;
      expect(dot(x(), run(`${name}BackpropInput`, { dy, filter: filter() }, { ...attrs, inputShape: x().shape }))).toBeCloseTo(dot(y, dy), 3);
      expect(dot(filter(), run(`${name}BackpropFilter`, { x: x(), dy }, { ...attrs, filterShape: filter().shape }))).toBeCloseTo(dot(y, dy), 3);
    });
  });

  test('undilated convolutions keep tfjs-node\'s own kernels, stride included', () => {
    const x = values([1, 5, 5, 1], 0), filter = values([3, 3, 1, 1], 1);
    const attrs = { strides: [2, 2], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
    expect(run('DepthwiseConv2dNative', { x, filter }, attrs).shape).toEqual([1, 3, 3, 1]);
  });

  test('no tensor is left behind', () => {
    const x = values([1, 9, 8, 3], 0), filter = values([3, 3, 3, 2], 1);
    const before = tf.memory().numTensors;
    run('DepthwiseConv2dNative', { x, filter }, { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [2, 2] }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  // Made by Python's tf.raw_ops.StatelessRandomUniform and tf.random.stateless_normal(alg='philox') of TensorFlow 2.21 with seed (1, 2).
  test('stateless random draws are TensorFlow\'s', () => {
    const seed = tf.tensor1d([1, 2], 'int32');
    const uniform = run('StatelessRandomUniform', { seed }, { shape: [4] });
    [0.84406042, 0.19204533, 0.99622321, 0.16038740].forEach((value, i) => expect(uniform.dataSync()[i]).toBeCloseTo(value, 6));
    const normal = run('StatelessRandomNormal', { seed }, { shape: [3] });
    [0.54411012, 0.20738031, 0.07356432].forEach((value, i) => expect(normal.dataSync()[i]).toBeCloseTo(value, 6));
  });

  test('searchSorted, denseBincount, bitwiseAnd', () => {
    expect([...tf.searchSorted(tf.tensor1d([1, 2, 2, 4]), tf.tensor1d([2, 5]), 'left').dataSync()]).toEqual([1, 4]);
    expect([...tf.searchSorted(tf.tensor1d([1, 2, 2, 4]), tf.tensor1d([2, 0]), 'right').dataSync()]).toEqual([3, 0]);
    expect([...tf.denseBincount(tf.tensor1d([1, 2, 2], 'int32'), tf.tensor1d([]), 4).dataSync()]).toEqual([0, 1, 2, 0]);
    expect([...tf.bitwiseAnd(tf.tensor1d([12, 5], 'int32'), tf.tensor1d([10, 4], 'int32')).dataSync()]).toEqual([8, 4]);
  });

  test('an image moved by one pixel', () => {
    const image = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    const moved = tf.image.transform(image, tf.tensor2d([[1, 0, 1, 0, 1, 0, 0, 0]]), 'nearest', 'constant', 9);
    expect([...moved.dataSync()]).toEqual([2, 9, 4, 9]);
  });

  test('maxPoolWithArgmax', () => {
    const { result, indexes } = tf.maxPoolWithArgmax(tf.tensor4d([1, 5, 3, 4], [1, 2, 2, 1]), 2, 2, 'valid') as Record<'result' | 'indexes', Tensor>;
    expect([...result.dataSync()]).toEqual([5]);
    expect([...indexes.dataSync()]).toEqual([1]);
  });
});
