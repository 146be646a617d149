import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../../../src/core/tensor.ts';
import { startWasm } from '../../../src/runtime/wasm/start.ts';

beforeAll(startWasm);

/** Small integers, mostly below 0: squares have more than one largest cell now and then. */
const numbers = (n: number) => Float32Array.from({ length: n }, (_, i) => ((i * 7919) % 13) - 10);

describe('maximum pooling of squares side by side', () => {
  it.each([[2, 6, 8, 1], [3, 12, 6, 1], [2, 10, 14, 1], [2, 8, 6, 2], [1, 5, 7, 3], [2, 4, 4, 4], [3, 7, 5, 6], [2, 2, 3, 17], [1, 2, 2, 5]])('takes the largest cells of [%i, %i, %i, %i], and gives back to the first of them', (batch, height, width, channels) => {
    const values = numbers(batch * height * width * channels);
    const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
    const best: number[] = [];
    const back = new Array<number>(values.length).fill(0);
    for (let b = 0; b < batch; b++) for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) for (let ch = 0; ch < channels; ch++) {
      const cells = [0, 1].flatMap((p) => [0, 1].map((q) => ((b * height + 2 * r + p) * width + 2 * c + q) * channels + ch));
      const largest = Math.max(...cells.map((cell) => values[cell]!));
      best.push(largest);
      back[cells.find((cell) => values[cell] === largest)!] = best.length;
    }
    const x = tf.tensor4d(values, [batch, height, width, channels]);
    const dy = tf.tensor4d(best.map((_, i) => i + 1), [batch, rows, columns, channels]);
    const pool = (input: tf.Tensor4D) => tf.maxPool(input, 2, 2, 'valid');
    expect(Array.from(pool(x).dataSync())).toEqual(best);
    expect(Array.from(tf.grad((input) => tf.sum(tf.mul(pool(input as tf.Tensor4D), dy)))(x).dataSync())).toEqual(back);
  });
});

describe('a short row that is repeated', () => {
  it.each([[300, 1], [100, 3], [129, 6], [50, 63], [9, 10]])('is added to each of %i rows of %i numbers, and summed over them', (rows, columns) => {
    const x = tf.tensor2d(numbers(rows * columns), [rows, columns]);
    const bias = tf.tensor1d(Float32Array.from({ length: columns }, (_, i) => i + 1));
    const sums = x.add(bias).dataSync();
    expect(Array.from(sums)).toEqual(Array.from(x.dataSync(), (value, i) => value + (i % columns) + 1));
    const total = x.sum(0).dataSync();
    expect(Array.from(total)).toEqual(Array.from({ length: columns }, (_, j) => Array.from({ length: rows }, (__, i) => x.dataSync()[i * columns + j]!).reduce((a, b) => a + b)));
  });
});
