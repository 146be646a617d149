// The innermost piece of a matrix product: a tile of 4 × 8 sums. Nothing but the sums and four loaded values may live in this loop:
// V8 schedules all loads of an iteration before the first sum, and spills what does not fit its 15 vector registers (measured: a
// 6 × 8 tile, or one that also holds the bounds, runs at half the speed; so does one that is unrolled).
import { loadPart, multiplyAdd, storePart } from './simd';

@inline export const tileRows = 4;
@inline export const tileColumns = 8;

/** The tile A · B. `a`: k columns of four floats, `b`: k rows of eight floats, `c`: four rows of eight floats, `rowBytes` apart. */
@inline
export function multiplyTile(a: usize, b: usize, k: i32, c: usize, rowBytes: usize): void {
  sumTile(a, 16, 0, b, 32, k, 1, c, rowBytes, false);
}

/**
 * A tile of sums of `count` times k products of four floats with eight. Those at `a` move by `aStep` bytes each time, and by `aSkip` more after
 * each k of them; those at `b` by `bStep`. `c`: four rows of eight floats, `rowBytes` apart, that the sums are added to if `add`.
 */
export function sumTile(a: usize, aStep: usize, aSkip: usize, b: usize, bStep: usize, k: i32, count: i32, c: usize, rowBytes: usize, add: bool): void {
  sumProducts(false, a, aStep, aSkip, b, bStep, k, count, c, rowBytes, add);
}

/** The same of four rows of sixteen floats, one behind the other, with `count` times 16 rows of eight floats; `aSkip`: bytes from the end of the first four to the next's. */
export function sumRows(a: usize, aSkip: usize, b: usize, count: i32, c: usize, rowBytes: usize): void {
  sumProducts(true, a, 4, aSkip, b, 32, 16, count, c, rowBytes, false);
}

/** `far`: whether the four floats are sixteen apart. */
@inline
function sumProducts(far: bool, a: usize, aStep: usize, aSkip: usize, b: usize, bStep: usize, k: i32, count: i32, c: usize, rowBytes: usize, add: bool): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  if (add) {
    const row1 = c + rowBytes, row2 = row1 + rowBytes, row3 = row2 + rowBytes;
    c00 = v128.load(c);
    c01 = v128.load(c, 16);
    c10 = v128.load(row1);
    c11 = v128.load(row1, 16);
    c20 = v128.load(row2);
    c21 = v128.load(row2, 16);
    c30 = v128.load(row3);
    c31 = v128.load(row3, 16);
  }
  const length = <usize>k * bStep;
  for (; count > 0; count--) {
    const end = b + length;
    do {
      const left = v128.load(b), right = v128.load(b, 16);
      let v = v128.load32_splat(a);
      c00 = multiplyAdd(v, left, c00);
      c01 = multiplyAdd(v, right, c01);
      v = far ? v128.load32_splat(a, 64) : v128.load32_splat(a, 4);
      c10 = multiplyAdd(v, left, c10);
      c11 = multiplyAdd(v, right, c11);
      v = far ? v128.load32_splat(a, 128) : v128.load32_splat(a, 8);
      c20 = multiplyAdd(v, left, c20);
      c21 = multiplyAdd(v, right, c21);
      v = far ? v128.load32_splat(a, 192) : v128.load32_splat(a, 12);
      c30 = multiplyAdd(v, left, c30);
      c31 = multiplyAdd(v, right, c31);
      a += aStep;
      b += bStep;
    } while (b < end);
    a += aSkip;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += rowBytes;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += rowBytes;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += rowBytes;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}

/** C[rows ≤ 4, columns ≤ 8] = (C +) sums (+ bias), bounded to [low, high]. `rowBytes`: from one row of C to the next; `bias`: 0 for none. */
export function storeTile(sums: usize, c: usize, rowBytes: usize, rows: i32, columns: i32, accumulate: bool, bias: usize, low: f32, high: f32): void {
  const lowest = f32x4.splat(low), highest = f32x4.splat(high);
  if (columns == tileColumns && bias && !accumulate) {
    const left = v128.load(bias), right = v128.load(bias, 16);
    for (let i = 0; i < rows; i++) {
      v128.store(c, bounded(f32x4.add(v128.load(sums), left), lowest, highest));
      v128.store(c, bounded(f32x4.add(v128.load(sums, 16), right), lowest, highest), 16);
      sums += 32;
      c += rowBytes;
    }
    return;
  }
  if (columns == tileColumns) {
    for (let i = 0; i < rows; i++) {
      storeFour(sums, c, accumulate, bias, lowest, highest);
      storeFour(sums + 16, c + 16, accumulate, bias ? bias + 16 : 0, lowest, highest);
      sums += 32;
      c += rowBytes;
    }
    return;
  }
  for (let i = 0; i < rows; i++) {
    let from = sums, to = c, offset = bias, left = columns;
    if (left >= 4) {
      storeFour(from, to, accumulate, offset, lowest, highest);
      left -= 4;
      from += 16;
      to += 16;
      if (bias) offset += 16;
    }
    if (left) {
      let v = v128.load(from);
      if (accumulate) v = f32x4.add(v, loadPart(to, left));
      if (bias) v = f32x4.add(v, loadPart(offset, left));
      storePart(to, bounded(v, lowest, highest), left);
    }
    sums += 32;
    c += rowBytes;
  }
}

@inline
function storeFour(from: usize, to: usize, accumulate: bool, bias: usize, lowest: v128, highest: v128): void {
  let v = v128.load(from);
  if (accumulate) v = f32x4.add(v, v128.load(to));
  if (bias) v = f32x4.add(v, v128.load(bias));
  v128.store(to, bounded(v, lowest, highest));
}

/** The value within the bounds; NaN stays NaN. */
@inline
export function bounded(v: v128, lowest: v128, highest: v128): v128 {
  return f32x4.pmin(f32x4.pmax(v, lowest), highest);
}
