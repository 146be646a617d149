// Copies of strided blocks: slices, concatenations, transposes and the like. Up to four outer axes, and an inner one.
import { copyRow } from './rows';
import { at } from './simd';
import { interleave } from './pack';

@inline
function copyBytes(to: usize, from: usize, bytes: usize): void {
  if (bytes >= 256) memory.copy(to, from, bytes);
  else if ((bytes & 3) == 0) copyRow(to, from, <i32>(bytes >> 2));
  else for (let i: usize = 0; i < bytes; i++) store<u8>(to + i, load<u8>(from + i));
}

/** y[n0, n1, n2, n3, bytes] = x of the same sizes; the strides x0… and y0… of the outer axes are in bytes. */
export function copyRows(
  x: usize, y: usize, n0: i32, n1: i32, n2: i32, n3: i32, bytes: i32, x0: i32, x1: i32, x2: i32, x3: i32, y0: i32, y1: i32, y2: i32, y3: i32,
): void {
  for (let i0 = 0; i0 < n0; i0++) {
    for (let i1 = 0; i1 < n1; i1++) {
      for (let i2 = 0; i2 < n2; i2++) {
        let from = x + <usize>(i0 * x0 + i1 * x1 + i2 * x2), to = y + <usize>(i0 * y0 + i1 * y1 + i2 * y2);
        for (let i3 = 0; i3 < n3; i3++) {
          copyBytes(to, from, <usize>bytes);
          from += <usize>x3;
          to += <usize>y3;
        }
      }
    }
  }
}

/** y[n0, n1, n2, n3, n] = x of the same sizes, four bytes each; strides count elements, `step` is the stride of the inner axis of x, that of y is 1. */
export function copyStrided(
  x: usize, y: usize, n0: i32, n1: i32, n2: i32, n3: i32, n: i32, x0: i32, x1: i32, x2: i32, x3: i32, step: i32, y0: i32, y1: i32, y2: i32, y3: i32,
): void {
  const stride = (<usize>step) << 2;
  for (let i0 = 0; i0 < n0; i0++) {
    for (let i1 = 0; i1 < n1; i1++) {
      for (let i2 = 0; i2 < n2; i2++) {
        for (let i3 = 0; i3 < n3; i3++) {
          let from = at(x, i0 * x0 + i1 * x1 + i2 * x2 + i3 * x3);
          const to = at(y, i0 * y0 + i1 * y1 + i2 * y2 + i3 * y3);
          for (let i = 0; i < n; i++) {
            store<u32>(at(to, i), load<u32>(from));
            from += stride;
          }
        }
      }
    }
  }
}

/**
 * Transposes of matrices, four bytes an element: y[n0, n1, n2, columns, rows] = x[n0, n1, n2, rows, columns]; strides count elements.
 * The columns of x and the rows of y lie next to each other.
 */
export function transpose(
  x: usize, y: usize, n0: i32, n1: i32, n2: i32, rows: i32, columns: i32, x0: i32, x1: i32, x2: i32, xStep: i32, y0: i32, y1: i32, y2: i32, yStep: i32,
): void {
  const from = (<usize>xStep) << 2, to = (<usize>yStep) << 2;
  for (let i0 = 0; i0 < n0; i0++) {
    for (let i1 = 0; i1 < n1; i1++) {
      for (let i2 = 0; i2 < n2; i2++) {
        const p = at(x, i0 * x0 + i1 * x1 + i2 * x2), q = at(y, i0 * y0 + i1 * y1 + i2 * y2);
        let i = 0;
        // Blocks of 4 × 64, so that the lines of y that are written are still in the cache for the next four rows.
        for (let first = 0; first < columns; first += 64) {
          const count = min(64, columns - first);
          for (i = 0; i + 4 <= rows; i += 4) interleave(at(p + <usize>i * from, first), from, count, 4, at(q, i) + <usize>first * to, to);
        }
        for (; i < rows; i++) {
          for (let j = 0; j < columns; j++) store<u32>(at(q, i) + <usize>j * to, load<u32>(at(p + <usize>i * from, j)));
        }
      }
    }
  }
}

/** y[n] = four bytes, again and again. */
export function fill(y: usize, n: i32, bits: i32): void {
  const v = i32x4.splat(bits);
  for (; n >= 4; n -= 4) {
    v128.store(y, v);
    y += 16;
  }
  for (; n > 0; n--) {
    store<i32>(y, bits);
    y += 4;
  }
}

/** y[n] = a byte, again and again. */
export function fillBytes(y: usize, n: i32, byte: i32): void {
  memory.fill(y, <u8>byte, n);
}
