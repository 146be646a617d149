import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DataType, tf, type Tensor } from '../../../src/core/tensor.ts';
import { setBackend } from '../../../src/runtime/choose.ts';
import { startWasm } from '../../../src/runtime/wasm/start.ts';

beforeAll(startWasm);

/** A tensor that counts from 0, or alternates. */
const counting = (shape: number[], dtype: DataType): Tensor =>
  tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => (dtype === 'bool' ? Number((i * 7 + (i >> 2)) % 3 === 0) : i)), shape).cast(dtype);

const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 });
const types = fc.constantFrom<DataType>('float32', 'int32', 'bool');

/** What plain JavaScript makes of it. */
async function expectAsOnCpu(f: () => Tensor): Promise<void> {
  await setBackend('cpu');
  const wanted = tf.tidy(() => f());
  const [shape, dtype, values] = [wanted.shape, wanted.dtype, [...wanted.dataSync()]];
  wanted.dispose();
  await setBackend('wasm');
  const given = tf.tidy(() => f());
  expect(given.shape).toEqual(shape);
  expect(given.dtype).toBe(dtype);
  expect([...given.dataSync()]).toEqual(values);
  given.dispose();
}

describe('moves of all shapes and types', () => {
  it('transpose', () => fc.assert(fc.asyncProperty(shapes, types, fc.integer(), async (shape, dtype, salt) => {
    const order = shape.map((_, i) => i).sort((a, b) => Math.sin(salt * (a + 1)) - Math.sin(salt * (b + 1)));
    await expectAsOnCpu(() => tf.transpose(counting(shape, dtype), order));
  }), { numRuns: 60 }));

  it('slice and reverse', () => fc.assert(fc.asyncProperty(shapes, types, fc.integer({ min: 0, max: 1000 }), async (shape, dtype, salt) => {
    const begin = shape.map((size, i) => (salt + i * i) % size);
    const sizes = shape.map((size, i) => 1 + ((salt * 3 + i) % (size - begin[i]!)));
    await expectAsOnCpu(() => tf.slice(counting(shape, dtype), begin, sizes));
    if (dtype !== 'bool') await expectAsOnCpu(() => tf.reverse(counting(shape, dtype), shape.map((_, i) => i).filter((i) => (salt >> i) % 2 === 0)));
  }), { numRuns: 60 }));

  it('concat, stack, split and unstack', () => fc.assert(fc.asyncProperty(shapes.filter((shape) => shape.length < 6), types, fc.integer({ min: 0, max: 100 }), async (shape, dtype, salt) => {
    const axis = salt % shape.length;
    await expectAsOnCpu(() => tf.concat([counting(shape, dtype), counting(shape.with(axis, 3), dtype), counting(shape.with(axis, 1), dtype)], axis));
    await expectAsOnCpu(() => tf.stack([counting(shape, dtype), counting(shape, dtype)], axis));
    await expectAsOnCpu(() => tf.unstack(counting(shape, dtype), axis).at(-1)!);
    await expectAsOnCpu(() => tf.split(counting(shape.with(axis, 5), dtype), [2, 3], axis)[1]!);
  }), { numRuns: 40 }));

  it('pad and tile', () => fc.assert(fc.asyncProperty(shapes.filter((shape) => shape.length < 5), types, fc.integer({ min: 0, max: 100 }), async (shape, dtype, salt) => {
    await expectAsOnCpu(() => tf.pad(counting(shape, dtype), shape.map((_, i) => [(salt + i) % 3, (salt * i) % 2]), dtype === 'bool' ? 1 : 7));
    await expectAsOnCpu(() => tf.tile(counting(shape, dtype), shape.map((_, i) => 1 + ((salt + i) % 3))));
  }), { numRuns: 40 }));

  it('sums and maxima over any axes', () => fc.assert(fc.asyncProperty(shapes, fc.integer({ min: 1, max: 63 }), async (shape, mask) => {
    const axes = shape.map((_, i) => i).filter((i) => (mask >> i) % 2 === 1);
    await expectAsOnCpu(() => tf.sum(counting(shape, 'float32'), axes, mask % 3 === 0));
    await expectAsOnCpu(() => tf.max(counting(shape, 'float32').mod(17).sub(40), axes));
  }), { numRuns: 60 }));

  it('additions and comparisons that repeat either operand', () => fc.assert(fc.asyncProperty(shapes, types.filter((type) => type !== 'bool'), fc.integer({ min: 0, max: 4095 }), async (shape, dtype, mask) => {
    const some = (shift: number) => shape.map((size, i) => ((mask >> (i + shift)) % 2 ? 1 : size)).slice(mask % Math.min(2, shape.length));
    await expectAsOnCpu(() => tf.add(counting(some(0), dtype), counting(some(6), dtype)));
    await expectAsOnCpu(() => tf.greater(counting(some(0), dtype), counting(some(6), dtype)));
  }), { numRuns: 60 }));
});

describe('places', () => {
  it('takes every second row backwards, with a column', () => {
    const x = tf.tensor2d([[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]);
    expect(tf.stridedSlice(x, [4, 1], [0, 2], [-2, 1], 0, 0, 0, 0, 2).arraySync()).toEqual([9, 5]);
  });

  it('refuses to look up rows that there are not', () => {
    expect(() => tf.gather(tf.zeros([3, 2]), tf.tensor1d([0, 3], 'int32'))).toThrow('the index value 3 is not in [0, 2]');
  });

  it('looks up rows for each of a batch', () => {
    const x = tf.tensor3d([[[1], [2], [3]], [[4], [5], [6]]]);
    expect(tf.gather(x, tf.tensor2d([[2, 0], [1, 1]], [2, 2], 'int32'), 1, 1).arraySync()).toEqual([[[3], [1]], [[5], [5]]]);
  });

  it('leaves what a segment sum is not told', () => {
    const sums = tf.unsortedSegmentSum(tf.tensor2d([[1, 2], [3, 4], [5, 6]]), tf.tensor1d([2, -1, 2], 'int32'), 3);
    expect(sums.arraySync()).toEqual([[0, 0], [0, 0], [6, 8]]);
  });
});

describe('views', () => {
  it('outlive what they are views of, and leave nothing behind', () => {
    const backend = tf.backend() as unknown as { numDataIds(): number };
    const before = backend.numDataIds();
    const x = tf.tensor2d([[1, 2], [3, 4]]);
    const views = [x.clone(), tf.cast(x, 'float32'), x.reshape([4]), tf.tidy(() => tf.transpose(x.reshape([1, 2, 2]), [1, 0, 2])), tf.slice(x, [0, 0], [2, 2]), tf.concat([x])];
    expect(backend.numDataIds()).toBe(before + 1);
    x.dispose();
    for (const view of views) expect([...view.dataSync()]).toEqual([1, 2, 3, 4]);
    tf.dispose(views);
    expect(backend.numDataIds()).toBe(before);
  });
});
