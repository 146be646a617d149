// Element-wise operations on two operands, each of which may be repeated along some axes. The result is contiguous; its axes are four
// outer ones and an inner one, along which an operand either goes on by one or stays where it is.
import { FLOATS, FLOAT_TESTS, INTEGERS, INTEGER_TESTS } from './row';
import { floatRow, floatTestRow, integerRow, integerTestRow } from './rowOperations';
import { copyRow } from './rows';
import { productScratch } from './scratch';
import { at } from './simd';

/** Calls a kind of row for all rows; `a0`… and `b0`…: how far an operand moves along each outer axis. */
@inline
function rows(
  kind: i32, operation: i32, a: usize, b: usize, y: usize, n0: i32, n1: i32, n2: i32, n3: i32, n: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, aMoves: i32, b0: i32, b1: i32, b2: i32, b3: i32, bMoves: i32,
): void {
  const bytes = (<usize>n) << (kind == FLOATS || kind == INTEGERS ? 2 : 0);
  for (let i0 = 0; i0 < n0; i0++) {
    for (let i1 = 0; i1 < n1; i1++) {
      for (let i2 = 0; i2 < n2; i2++) {
        let p = a + (<usize>(i0 * a0 + i1 * a1 + i2 * a2) << 2), q = b + (<usize>(i0 * b0 + i1 * b1 + i2 * b2) << 2);
        let i3 = 0;
        if (kind == FLOATS && n < 64 && n3 > 8 && aMoves && bMoves && a3 == n && b3 == 0) {
          // A short row that is repeated, as a bias is: some of it in a row, to go on by more at a time.
          const times = min(n3, 256 / n), repeated = productScratch();
          for (let i = 0; i < times; i++) copyRow(at(repeated, i * n), q, n);
          for (; i3 + times <= n3; i3 += times) {
            floatRow(operation, p, 1, repeated, 1, y, times * n);
            p += <usize>times * bytes;
            y += <usize>times * bytes;
          }
        }
        for (; i3 < n3; i3++) {
          if (kind == FLOATS) floatRow(operation, p, aMoves, q, bMoves, y, n);
          else if (kind == INTEGERS) integerRow(operation, p, aMoves, q, bMoves, y, n);
          else if (kind == FLOAT_TESTS) floatTestRow(operation, p, aMoves, q, bMoves, y, n);
          else integerTestRow(operation, p, aMoves, q, bMoves, y, n);
          p += <usize>a3 << 2;
          q += <usize>b3 << 2;
          y += bytes;
        }
      }
    }
  }
}

/** y = operation(a, b) on floats. y is [n0, n1, n2, n3, n]; a0 to a3 are the operand's strides, aMoves 1 or 0. `operation`: operations.ts. */
export function binary(
  operation: i32, a: usize, b: usize, y: usize, n0: i32, n1: i32, n2: i32, n3: i32, n: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, aMoves: i32, b0: i32, b1: i32, b2: i32, b3: i32, bMoves: i32,
): void {
  rows(FLOATS, operation, a, b, y, n0, n1, n2, n3, n, a0, a1, a2, a3, aMoves, b0, b1, b2, b3, bMoves);
}

/** The same on int32: sums, differences, products, maxima, minima. */
export function binaryInteger(
  operation: i32, a: usize, b: usize, y: usize, n0: i32, n1: i32, n2: i32, n3: i32, n: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, aMoves: i32, b0: i32, b1: i32, b2: i32, b3: i32, bMoves: i32,
): void {
  rows(INTEGERS, operation, a, b, y, n0, n1, n2, n3, n, a0, a1, a2, a3, aMoves, b0, b1, b2, b3, bMoves);
}

/** The same for comparisons of floats; y holds bytes of 0 or 1. */
export function compare(
  operation: i32, a: usize, b: usize, y: usize, n0: i32, n1: i32, n2: i32, n3: i32, n: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, aMoves: i32, b0: i32, b1: i32, b2: i32, b3: i32, bMoves: i32,
): void {
  rows(FLOAT_TESTS, operation, a, b, y, n0, n1, n2, n3, n, a0, a1, a2, a3, aMoves, b0, b1, b2, b3, bMoves);
}

/** The same for comparisons of int32. */
export function compareInteger(
  operation: i32, a: usize, b: usize, y: usize, n0: i32, n1: i32, n2: i32, n3: i32, n: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, aMoves: i32, b0: i32, b1: i32, b2: i32, b3: i32, bMoves: i32,
): void {
  rows(INTEGER_TESTS, operation, a, b, y, n0, n1, n2, n3, n, a0, a1, a2, a3, aMoves, b0, b1, b2, b3, bMoves);
}
