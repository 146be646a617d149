/** Kernel calls that several threads share give what one call gives, to the last bit. */
import { beforeAll, expect, it, vi } from 'vitest';
import { philox } from '../../../../src/core/philox.ts';
import { tf, type Tensor } from '../../../../src/core/tensor.ts';
import type { Kernels } from '../../../../src/runtime/wasm/generated/kernels.ts';
import { address, heap, reserveScratch, scratchSize } from '../../../../src/runtime/wasm/heap.ts';
import { startWasm } from '../../../../src/runtime/wasm/start.ts';
import { layDown, present, work } from '../../../../src/runtime/wasm/threads/crew.ts';
import { jobOf, startHelpers } from '../../../../src/runtime/wasm/threads/threads.ts';

beforeAll(async () => {
  process.env['IBEX_THREADS'] = '3';
  await startWasm();
  delete process.env['IBEX_THREADS'];
  startHelpers();
  await vi.waitFor(() => expect(present()).toBe(2), 20_000);
});

let seed = 0;
const draw = (...shape: number[]): Tensor => tf.tensor(philox(++seed, 1).uniform(tf.util.sizeFromShape(shape)).map((u) => 2 * u - 1), shape);

/** The one call of a kernel that an operation makes, and the tensors that it makes. */
function callOf(kernel: keyof Kernels, operation: () => Tensor | readonly Tensor[]): { readonly values: readonly number[]; readonly results: readonly Tensor[] } {
  const { kernels, backend } = heap;
  const { disposeData } = backend;
  // What a kernel makes for itself it writes again when the call is made again.
  backend.disposeData = () => true;
  const calls: number[][] = [];
  heap.kernels = { ...kernels, [kernel]: (...values: number[]) => {
    calls.push(values);
    (kernels[kernel] as (...given: number[]) => void)(...values);
  } };
  try {
    const results = [operation()].flat();
    expect(calls).toHaveLength(1);
    return { values: calls[0]!, results };
  } finally {
    heap.kernels = kernels;
    backend.disposeData = disposeData;
  }
}

const runKernel = (name: string, inputs: Record<string, Tensor>, attributes: object): Tensor[] => [tf.engine().runKernel(name, inputs as never, attributes as never) as never].flat() as Tensor[];
const picture = (...shape: [number, number, number, number]) => draw(...shape) as tf.Tensor4D;
const conv = (x: tf.Tensor4D, filter: tf.Tensor4D, stride = 1) => tf.conv2d(x, filter, stride, 'same');
const backInput = (inputShape: readonly number[], filter: Tensor, strides: number, dilations = 1) => {
  const outShape = tf.backend_util.computeConv2DInfo(inputShape as never, filter.shape as never, strides, dilations, 'same').outShape;
  return runKernel('Conv2DBackpropInput', { dy: draw(...outShape), filter }, { inputShape, strides, pad: 'same', dilations });
};
const backFilter = (x: Tensor, filterShape: readonly number[], strides: number, dilations = 1) => {
  const outShape = tf.backend_util.computeConv2DInfo(x.shape as never, filterShape as never, strides, dilations, 'same').outShape;
  return runKernel('Conv2DBackpropFilter', { x, dy: draw(...outShape) }, { filterShape, strides, pad: 'same', dilations });
};
const depthwiseBackInput = (inputShape: readonly number[], filter: Tensor, strides: number) => {
  const outShape = tf.backend_util.computeConv2DInfo(inputShape as never, filter.shape as never, strides, 1, 'same', undefined, true).outShape;
  return runKernel('DepthwiseConv2dNativeBackpropInput', { dy: draw(...outShape), filter }, { inputShape, strides, pad: 'same', dilations: 1 });
};
const poolBack = (name: 'MaxPoolGrad' | 'AvgPoolGrad', x: Tensor, filterSize: number, strides: number) => {
  const attributes = { filterSize, strides, pad: 'valid' };
  const [output] = runKernel(name === 'MaxPoolGrad' ? 'MaxPool' : 'AvgPool', { x }, attributes) as [Tensor];
  return runKernel(name, { dy: draw(...output.shape), input: x, ...(name === 'MaxPoolGrad' && { output }) }, attributes);
};

/** A recurrent layer with a mask of which some examples have no step that counts, and its gradient. */
function recurrent(cell: 'LSTM' | 'GRU' | 'SimpleRNN' | 'GRUResetFirst', [steps, batch, units]: readonly [number, number, number], masked: boolean, options: object) {
  const products = { LSTM: 4, GRU: 3, SimpleRNN: 1, GRUResetFirst: 3 }[cell];
  const attributes = { goBackwards: false, returnSequences: true, returnState: true, zeroOutputForMask: false, keep: true, fromZeros: false, ...options };
  const weights = {
    kernel: draw(units, products * units), ...(cell === 'GRU' && { bias: draw(products * units) }), state0: draw(batch, units), ...(cell === 'LSTM' && { state1: draw(batch, units) }),
    ...(masked && { mask: tf.tensor(Array.from({ length: batch * steps }, (_, i) => (i % 7 !== 2 && Math.floor(i / steps) % 5 !== 3 ? 1 : 0)), [batch, steps], 'bool') }),
  };
  const forward = () => runKernel(`${cell}Sequence`, { x: draw(steps, batch, products * units), ...weights }, attributes);
  const back = () => {
    const [result, ...kept] = forward() as [Tensor, ...Tensor[]];
    return runKernel(`${cell}SequenceGrad`, { dy: draw(...result.shape), ...weights, ...Object.fromEntries(kept.map((each, i) => [`kept${i}`, each])) }, attributes)
      // What flows to the weights are calls of their own.
      .filter((_, i) => i !== 1 && !(cell === 'GRU' && i === 2));
  };
  return { forward, back };
}

const large: readonly (readonly [string, keyof Kernels, () => Tensor | readonly Tensor[]])[] = [
  ['a matrix product', 'matMul', () => tf.matMul(draw(203, 129), draw(129, 77))],
  ['one with a transposed factor', 'matMul', () => tf.matMul(draw(203, 129), draw(77, 129), false, true)],
  ['a gradient by weights', 'matMul', () => tf.matMul(draw(131, 203), draw(131, 77), true)],
  ['one of few columns and few examples', 'matMul', () => tf.matMul(draw(96, 1031), draw(96, 31), true)],
  ['one with both factors transposed', 'matMul', () => tf.matMul(draw(600, 203), draw(78, 600), true, true)],
  ['a product of few rows', 'matMul', () => tf.matMul(draw(5, 601), draw(601, 519))],
  ['one of a transposed factor', 'matMul', () => tf.matMul(draw(7, 1025), draw(301, 1025), false, true)],
  ['one with more to add up than fits at a time', 'matMul', () => tf.matMul(draw(66, 1300), draw(1300, 65))],
  ['one of whole tiles', 'matMul', () => tf.matMul(draw(128, 64), draw(64, 256))],
  ['one with bias and bounds', 'matMul', () => tf.fused.matMul({ a: draw(37, 400), b: draw(400, 150), bias: draw(150), activation: 'relu' })],
  ['products of many matrices', 'matMul', () => tf.matMul(draw(17, 64, 33), draw(17, 33, 65))],
  ['a convolution', 'convolve', () => conv(picture(13, 15, 14, 5), picture(3, 3, 5, 9))],
  ['a convolution of one channel', 'convolve', () => conv(picture(13, 28, 28, 1), picture(5, 5, 1, 6))],
  ['a convolution of two examples', 'convolve', () => conv(picture(2, 31, 33, 7), picture(3, 3, 7, 13))],
  ['a pointwise one of many channels', 'convolve', () => conv(picture(9, 7, 7, 700), picture(1, 1, 700, 9))],
  ['a convolution with steps', 'convolve', () => conv(picture(9, 29, 29, 8), picture(3, 3, 8, 12), 2)],
  ['the gradient of a convolution by its input', 'convolveBackInput', () => backInput([7, 15, 13, 9], draw(3, 3, 9, 11), 1)],
  ['one with many filters', 'convolveBackInput', () => backInput([7, 5, 5, 9], draw(3, 3, 9, 101), 1)],
  ['one with dilation', 'convolveBackInput', () => backInput([7, 17, 17, 9], draw(3, 3, 9, 11), 1, 2)],
  ['one with steps', 'convolveBackInput', () => backInput([7, 41, 41, 8], draw(3, 3, 8, 13), 2)],
  ['one that is pointwise', 'convolveBackInput', () => backInput([7, 7, 7, 9], draw(1, 1, 9, 701), 1)],
  ['the gradient of a convolution by its filter', 'convolveBackFilter', () => backFilter(draw(7, 15, 13, 9), [3, 3, 9, 11], 1)],
  ['one of one channel and few filters', 'convolveBackFilter', () => backFilter(draw(13, 28, 28, 1), [5, 5, 1, 6], 1)],
  ['one of whole tiles', 'convolveBackFilter', () => backFilter(draw(5, 16, 16, 32), [3, 3, 32, 64], 1)],
  ['one of many filters with steps', 'convolveBackFilter', () => backFilter(draw(5, 16, 17, 7), [2, 3, 7, 131], 2)],
  ['one with dilation', 'convolveBackFilter', () => backFilter(draw(7, 17, 17, 9), [3, 3, 9, 11], 1, 2)],
  ['one that is pointwise', 'convolveBackFilter', () => backFilter(draw(7, 17, 17, 37), [1, 1, 37, 19], 1)],
  ['one of fewer lines than there are parts', 'convolveBackFilter', () => backFilter(draw(70, 17, 17, 3), [2, 2, 3, 7], 1)],
  ['a convolution whose tiles are transformed', 'convolve', () => conv(picture(7, 11, 13, 16), picture(3, 3, 16, 48))],
  ['its gradient by the input', 'convolveBackInput', () => backInput([7, 11, 13, 16], draw(3, 3, 16, 48), 1)],
  ['its gradient by the filter', 'convolveBackFilter', () => backFilter(draw(7, 11, 13, 16), [3, 3, 16, 48], 1)],
  ['the gradient by a filter of more parts than channels go into', 'convolveBackFilter', () => backFilter(draw(7, 11, 13, 32), [3, 3, 32, 32], 1)],
  ['a depthwise convolution of many channels', 'depthwise', () => tf.depthwiseConv2d(picture(9, 31, 30, 32), picture(3, 3, 32, 1), 1, 'same')],
  ['the gradient of a depthwise convolution', 'depthwiseBackInput', () => depthwiseBackInput([9, 31, 30, 32], draw(3, 3, 32, 1), 1)],
  ['one of few channels, with steps', 'depthwiseBackInput', () => depthwiseBackInput([9, 61, 60, 19], draw(3, 3, 19, 1), 2)],
  ['a depthwise convolution', 'depthwise', () => tf.depthwiseConv2d(picture(9, 31, 30, 19), picture(3, 3, 19, 1), 1, 'same')],
  ['maximum pooling', 'maxPool', () => tf.maxPool(picture(11, 60, 61, 7), 2, 2, 'valid')],
  ['overlapping maximum pooling', 'maxPool', () => tf.maxPool(picture(3, 60, 61, 7), 3, 1, 'same')],
  ['mean pooling', 'meanPool', () => tf.avgPool(picture(11, 60, 61, 7), 3, 2, 'same')],
  ['the gradient of maximum pooling', 'maxPoolBack', () => poolBack('MaxPoolGrad', draw(11, 91, 90, 5), 2, 2)],
  ['that of one channel', 'maxPoolBack', () => poolBack('MaxPoolGrad', draw(61, 60, 62, 1), 2, 2)],
  ['that of overlapping windows', 'maxPoolBack', () => poolBack('MaxPoolGrad', draw(7, 60, 60, 5), 3, 1)],
  ['the gradient of mean pooling', 'meanPoolBack', () => poolBack('AvgPoolGrad', draw(11, 91, 90, 5), 2, 2)],
  ...(['LSTM', 'GRU', 'SimpleRNN', 'GRUResetFirst'] as const).flatMap((cell): readonly (readonly [string, keyof Kernels, () => readonly Tensor[]])[] => [
    [`${cell}`, 'sequenceForward', () => recurrent(cell, [9, 67, 41], false, {}).forward()],
    [`${cell} backwards, masked`, 'sequenceForward', () => recurrent(cell, [8, 13, 96], true, { goBackwards: true, zeroOutputForMask: true }).forward()],
    [`${cell} without a gradient`, 'sequenceForward', () => recurrent(cell, [40, 7, 64], true, { keep: false, returnSequences: false, returnState: false }).forward()],
    [`${cell} back`, 'sequenceBack', () => recurrent(cell, [9, 67, 41], false, { fromZeros: true, returnState: false }).back()],
    [`${cell} back, masked`, 'sequenceBack', () => recurrent(cell, [8, 13, 96], true, { goBackwards: true }).back()],
    [`${cell} back from the last step`, 'sequenceBack', () => recurrent(cell, [40, 7, 64], true, { returnSequences: false, returnState: false }).back()],
  ]),
];

const bytesOf = (tensors: readonly Tensor[]): Buffer => Buffer.concat(tensors.map((tensor) => Buffer.from(heap.module.HEAPU8.slice(address(tensor), address(tensor) + 4 * tensor.size))));
const wipe = (tensors: readonly Tensor[]): void => {
  for (const tensor of tensors) heap.module.HEAPU8.fill(255, address(tensor), address(tensor) + 4 * tensor.size);
};

it.each(large)('%s', (_, kernel, operation) => {
  const { values, results } = callOf(kernel, operation);
  const job = jobOf({ kernel, values })!;
  expect(job, 'is worth sharing').toBeDefined();
  const made = bytesOf(results);
  wipe(results);
  job.alone();
  const want = bytesOf(results);
  // Of masked steps nothing is kept, so that not everything need be written.
  if (!kernel.startsWith('sequence')) expect(made.equals(want)).toBe(true);
  // Often, as what threads do to one another is not the same each time.
  for (let i = 0; i < 100; i++) {
    wipe(results);
    expect(job.together()).toBe(true);
    expect(bytesOf(results).equals(want), `time ${i}`).toBe(true);
  }
  job.dispose();
  tf.dispose(results as Tensor[]);
});

it('leaves small calls to one thread, and products with vectors', () => {
  for (const operation of [() => tf.matMul(draw(8, 8), draw(8, 8)), () => tf.matMul(draw(1, 3000), draw(3000, 300)), () => tf.matMul(draw(3000, 300), draw(3000, 1), true)]) {
    expect(jobOf({ kernel: 'matMul', values: callOf('matMul', operation).values })).toBeUndefined();
  }
});

it('leaves to one thread a gradient whose sums reach from one example into the next', () => {
  expect(jobOf({ kernel: 'convolveBackInput', values: callOf('convolveBackInput', () => backInput([7, 61, 61, 5], draw(3, 3, 5, 13), 2)).values })).toBeUndefined();
});

it('gives helpers more working memory when a kernel needs it', () => {
  const { values, results } = callOf('convolve', () => conv(picture(4, 90, 90, 64), picture(3, 3, 64, 4)));
  const job = jobOf({ kernel: 'convolve', values })!;
  const want = bytesOf(results);
  reserveScratch(scratchSize() + 1);
  for (let i = 0; i < 20; i++) {
    wipe(results);
    job.together();
    expect(bytesOf(results).equals(want)).toBe(true);
  }
});

it('says so when a call fails, whoever took it, and goes on with the next job', () => {
  const good = draw(64, 64);
  const fill = (bits: number) => Array.from({ length: 8 }, (_, i) => [address(good) + 4 * 512 * i, 512, bits]);
  const right = layDown({ kernel: 'fill', calls: fill(5) });
  const wrong = layDown({ kernel: 'fill', calls: fill(0).map((call, i) => (i % 3 === 1 ? [0xffff0000, 1 << 20, 0] : call)) });
  for (let i = 0; i < 50; i++) {
    expect(work(wrong.address)).toBe(false);
    expect(work(right.address)).toBe(true);
    expect(new Set(new Int32Array(heap.module.HEAPU8.buffer, address(good), 4096))).toEqual(new Set([5]));
  }
});

it('takes up again after the heap has grown', () => {
  const { values, results } = callOf('matMul', () => tf.matMul(draw(203, 129), draw(129, 77)));
  const want = bytesOf(results);
  const before = heap.module.asm.memory.buffer.byteLength;
  const place = heap.module._malloc(before);
  expect(heap.module.asm.memory.buffer.byteLength).toBeGreaterThan(before);
  const job = jobOf({ kernel: 'matMul', values })!;
  for (let i = 0; i < 50; i++) {
    wipe(results);
    job.together();
    expect(bytesOf(results).equals(want)).toBe(true);
  }
  heap.module._free(place);
});
