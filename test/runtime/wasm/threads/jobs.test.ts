/** Kernel calls that several threads share give what one call gives, to the last bit. */
import { beforeAll, expect, it } from 'vitest';
import { philox } from '../../../../src/core/philox.ts';
import { tf, type Tensor } from '../../../../src/core/tensor.ts';
import type { Kernels } from '../../../../src/runtime/wasm/generated/kernels.ts';
import { address, heap } from '../../../../src/runtime/wasm/heap.ts';
import { startWasm } from '../../../../src/runtime/wasm/start.ts';
import { jobOf } from '../../../../src/runtime/wasm/threads/threads.ts';

beforeAll(async () => {
  process.env['IBEX_THREADS'] = '3';
  await startWasm();
  delete process.env['IBEX_THREADS'];
});

let seed = 0;
const draw = (...shape: number[]): Tensor => tf.tensor(philox(++seed, 1).uniform(tf.util.sizeFromShape(shape)).map((u) => 2 * u - 1), shape);

/** The one call of a kernel that an operation makes, and the tensor that it makes. */
function callOf(kernel: keyof Kernels, operation: () => Tensor): { readonly values: readonly number[]; readonly result: Tensor } {
  const { kernels } = heap;
  const calls: number[][] = [];
  heap.kernels = { ...kernels, [kernel]: (...values: number[]) => {
    calls.push(values);
    (kernels[kernel] as (...given: number[]) => void)(...values);
  } };
  try {
    const result = operation();
    expect(calls).toHaveLength(1);
    return { values: calls[0]!, result };
  } finally {
    heap.kernels = kernels;
  }
}

const large: readonly (readonly [string, keyof Kernels, () => Tensor])[] = [
  ['a matrix product', 'matMul', () => tf.matMul(draw(203, 129), draw(129, 77))],
  ['one with a transposed factor', 'matMul', () => tf.matMul(draw(203, 129), draw(77, 129), false, true)],
  ['products of many matrices', 'matMul', () => tf.matMul(draw(17, 64, 33), draw(17, 33, 65))],
  ['a convolution', 'convolve', () => tf.conv2d(draw(13, 15, 14, 5) as never, draw(3, 3, 5, 9) as never, 1, 'same')],
  ['a convolution of one channel', 'convolve', () => tf.conv2d(draw(13, 28, 28, 1) as never, draw(5, 5, 1, 6) as never, 1, 'same')],
];

it.each(large)('%s', (_, kernel, operation) => {
  const { values, result } = callOf(kernel, operation);
  const want = result.dataSync().slice();
  const job = jobOf({ kernel, values });
  expect(job, 'is worth sharing').toBeDefined();
  // Often, as what threads do to one another is not the same each time.
  for (let i = 0; i < 300; i++) {
    heap.module.HEAPU8.fill(255, address(result), address(result) + 4 * result.size);
    job!.run();
    expect(Buffer.compare(Buffer.from(result.dataSync().buffer), Buffer.from(want.buffer)), `time ${i}`).toBe(0);
  }
});

it('leaves small calls to one thread, and those whose sums would come in another order', () => {
  for (const operation of [() => tf.matMul(draw(8, 8), draw(8, 8)), () => tf.matMul(draw(1, 3000), draw(3000, 300)), () => tf.matMul(draw(3000, 300), draw(3000, 1), true)]) {
    expect(jobOf({ kernel: 'matMul', values: callOf('matMul', operation).values })).toBeUndefined();
  }
});

it('leaves a convolution to one thread whose windows span more than helpers have room for', () => {
  const wide = callOf('convolve', () => tf.conv2d(tf.zeros<tf.Rank.R4>([2, 90, 90, 256]), tf.zeros<tf.Rank.R4>([3, 3, 256, 4]), 1, 'valid', 'NHWC', 40));
  const narrow = callOf('convolve', () => tf.conv2d(tf.zeros<tf.Rank.R4>([2, 90, 90, 256]), tf.zeros<tf.Rank.R4>([3, 3, 256, 4]), 1, 'valid', 'NHWC', 20));
  expect(jobOf({ kernel: 'convolve', values: wide.values })).toBeUndefined();
  expect(jobOf({ kernel: 'convolve', values: narrow.values })).toBeDefined();
});

it('takes up again after the heap has grown', () => {
  const { values, result } = callOf('matMul', () => tf.matMul(draw(203, 129), draw(129, 77)));
  const want = result.dataSync().slice();
  const before = heap.module.asm.memory.buffer.byteLength;
  const place = heap.module._malloc(before);
  expect(heap.module.asm.memory.buffer.byteLength).toBeGreaterThan(before);
  const job = jobOf({ kernel: 'matMul', values })!;
  result.dataSync();
  for (let i = 0; i < 50; i++) job.run();
  expect([...result.dataSync()]).toEqual([...want]);
  heap.module._free(place);
});
