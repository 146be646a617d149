import { beforeAll, describe, expect, it } from 'vitest';
import { philox } from '../../../src/core/philox.ts';
import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { startWasm } from '../../../src/runtime/wasm/start.ts';

beforeAll(startWasm);

let seed = 0;
const draw = (...shape: number[]): Tensor => tf.tensor(philox(++seed, 1).uniform(tf.util.sizeFromShape(shape)).map((u) => 2 * u - 1), shape);

/** A · B of plain arrays, in double precision. */
const plain = (a: number[][], b: number[][]) => a.map((row) => b[0]!.map((_, j) => row.reduce((sum, each, l) => sum + each * b[l]![j]!, 0)));

function expectClose(actual: number[][], wanted: number[][], k: number): void {
  wanted.forEach((row, i) => row.forEach((each, j) => expect(Math.abs(actual[i]![j]! - each), `[${i}, ${j}]`).toBeLessThan(1e-6 * (2 + k))));
}

describe('the matrix product', () => {
  // Around the sizes of tiles (4 × 8) and blocks (64 × 256 × 512).
  const sizes = [[1, 1, 1], [3, 7, 2], [4, 8, 16], [5, 9, 3], [1, 33, 70], [70, 1, 33], [2, 3, 300], [65, 6, 31], [64, 513, 4], [67, 17, 513], [9, 520, 258]] as const;
  it.each(sizes)('of %i × %i over %i, either factor transposed or not', (m, n, k) => {
    const [a, b] = [draw(m, k), draw(k, n)];
    const wanted = plain(a.arraySync() as number[][], b.arraySync() as number[][]);
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const y = tf.matMul(transposeA ? a.transpose() : a, transposeB ? b.transpose() : b, transposeA, transposeB);
        expect(y.shape).toEqual([m, n]);
        expectClose(y.arraySync() as number[][], wanted, k);
      }
    }
  });

  it('rounds once for a product and its sum, as IEEE 754 has fused multiply-add, on every Node', () => {
    // (1 + 2⁻¹²)² = 1 + 2⁻¹¹ + 2⁻²⁴, whose last term a product that is rounded by itself loses.
    const root = 1 + 2 ** -12;
    const [a, b] = [tf.tensor2d([[-(1 + 2 ** -11), root], [0, 0]]), tf.tensor2d([[1, 0], [root, 0]])];
    expect(tf.matMul(a, b).arraySync()).toEqual([[2 ** -24, 0], [0, 0]]);
  });

  it('of a batch, with either factor repeated', () => {
    const shapes = [[[2, 3, 4, 5], [2, 3, 5, 6]], [[2, 3, 4, 5], [5, 6]], [[4, 5], [2, 3, 5, 6]], [[2, 1, 4, 5], [3, 5, 6]], [[3, 4, 5], [2, 1, 5, 6]]] as const;
    for (const [left, right] of shapes) {
      const [a, b] = [draw(...left), draw(...right)];
      const batch = tf.broadcast_util.assertAndGetBroadcastShape(left.slice(0, -2), right.slice(0, -2));
      const each = (x: Tensor) => tf.unstack(tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]).reshape([-1, ...x.shape.slice(-2)]));
      const y = tf.matMul(a, b);
      expect(y.shape).toEqual([...batch, 4, 6]);
      const bs = each(b);
      each(a).forEach((matrix, i) =>
        expectClose(tf.unstack(y.reshape([-1, 4, 6]))[i]!.arraySync() as number[][], plain(matrix.arraySync() as number[][], bs[i]!.arraySync() as number[][]), 5));
    }
  });

  it('over nothing is 0', () => {
    expect(tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])).arraySync()).toEqual([[0, 0, 0], [0, 0, 0]]);
  });

  it('refuses factors that do not fit', () => {
    expect(() => tf.matMul(draw(2, 3), draw(4, 5))).toThrow('inner shapes');
  });

  it.each(['linear', 'relu', 'relu6', 'sigmoid', 'elu', 'leakyrelu'] as const)('with a bias and %s', (activation) => {
    const [a, b, bias] = [draw(5, 7), draw(7, 11).mul(4), draw(11)];
    const f = { linear: (x: Tensor) => x, relu: tf.relu, relu6: tf.relu6, sigmoid: tf.sigmoid, elu: tf.elu, leakyrelu: (x: Tensor) => tf.leakyRelu(x, 0.3) }[activation];
    const fused = tf.fused.matMul({ a, b, bias, activation, leakyreluAlpha: 0.3 });
    expectClose(fused.arraySync() as number[][], f(tf.matMul(a, b).add(bias)).arraySync() as number[][], 7);
  });

  it('with a bias, of one row and with one column', () => {
    const [row, matrix, column] = [draw(1, 6), draw(6, 9), draw(6, 1)];
    const [wide, single] = [draw(9), draw(1)];
    expectClose(tf.fused.matMul({ a: row, b: matrix, bias: wide }).arraySync() as number[][], tf.matMul(row, matrix).add(wide).arraySync() as number[][], 6);
    expectClose(tf.fused.matMul({ a: matrix, b: column, bias: single, transposeA: true }).arraySync() as number[][], tf.matMul(matrix.transpose(), column).add(single).arraySync() as number[][], 6);
  });
});

describe('einsum', () => {
  it('sums what only one factor has', () => {
    const [a, b] = [draw(3, 4), draw(3, 5)];
    const wanted = a.sum(1).mul(b.sum(1)).arraySync() as number[];
    (tf.einsum('ij,ik->i', a, b).arraySync() as number[]).forEach((each, i) => expect(each).toBeCloseTo(wanted[i]!, 5));
  });

  it('puts axes in the order asked for', () => {
    const [a, b] = [draw(2, 3, 4), draw(4, 5)];
    const wanted = tf.matMul(a, b).transpose([2, 0, 1]);
    expect(tf.einsum('bij, jk -> kbi', a, b).shape).toEqual([5, 2, 3]);
    expect(tf.einsum('bij, jk -> kbi', a, b).sub(wanted).abs().max().arraySync()).toBeLessThan(1e-5);
  });
});
