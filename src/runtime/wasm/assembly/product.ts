// The matrix product, after Goto: a block of B packed in panels for the second-level cache, one of A in strips; one panel at a time is in
// the first-level cache.
import { at } from './simd';
import { packColumns, packRows, packStrips, packTransposedStrips } from './pack';
import { productScratch } from './scratch';
import { clearRow, finishRow } from './rows';
import { multiplyTile, storeTile, tileColumns, tileRows } from './tile';
import { multiplyVector } from './vector';

@inline const depth = 256;
@inline const breadth = 512;
@inline const height = 64;

/** Bytes of working memory that a product needs. */
@inline export const productBytes: usize = (depth * breadth + height * depth + tileRows * tileColumns) << 2;

/**
 * C[m, n] = (C +) A · B (+ bias[n]), bounded to [low, high]. A is [m, k], or [k, m] if `transposeA`; B is [k, n], or [n, k] if `transposeB`.
 * `bias`: 0 for none.
 */
export function multiply(
  a: usize, b: usize, c: usize, m: i32, n: i32, k: i32, transposeA: bool, transposeB: bool, accumulate: bool, bias: usize, low: f32, high: f32,
): void {
  const sums = productScratch();
  const strips = sums + (tileRows * tileColumns << 2);
  const panels = strips + (height * depth << 2);
  const aStep = (<usize>(transposeA ? m : k)) << 2;
  const bStep = (<usize>(transposeB ? k : n)) << 2;
  const cStep = (<usize>n) << 2;
  for (let j = 0; j < n; j += breadth) {
    const columns = min(breadth, n - j);
    for (let l = 0; l < k; l += depth) {
      const inner = min(depth, k - l);
      const last = l + depth >= k;
      const add = accumulate || l > 0;
      const asItIs = !add && !(last && (bias || low > -Infinity || high < Infinity));
      const least: f32 = last ? low : -Infinity, most: f32 = last ? high : Infinity;
      if (transposeB) packColumns(at(b + <usize>j * bStep, l), bStep, inner, columns, panels);
      else packRows(at(b + <usize>l * bStep, j), bStep, inner, columns, panels);
      for (let i = 0; i < m; i += height) {
        const rows = min(height, m - i);
        if (transposeA) packTransposedStrips(at(a + <usize>l * aStep, i), aStep, inner, rows, strips);
        else packStrips(at(a + <usize>i * aStep, l), aStep, inner, rows, strips);
        for (let q = 0; q < columns; q += tileColumns) {
          const panel = panels + <usize>q * (<usize>inner << 2);
          const offset = last && bias ? at(bias, j + q) : 0;
          for (let p = 0; p < rows; p += tileRows) {
            const strip = strips + <usize>p * (<usize>inner << 2), to = at(c + <usize>(i + p) * cStep, j + q);
            // A narrow C is stored in whole vectors too, as what is too much of a row is overwritten by the next; but for its end.
            const fits = columns - q >= tileColumns || (n < tileColumns && (m - i - p - tileRows + 1) * n >= tileColumns);
            if (asItIs && fits && rows - p >= tileRows) {
              multiplyTile(strip, panel, inner, to, cStep);
            } else {
              multiplyTile(strip, panel, inner, sums, tileColumns << 2);
              storeTile(sums, to, cStep, min(tileRows, rows - p), min(tileColumns, columns - q), add, offset, least, most);
            }
          }
        }
      }
    }
  }
}

/**
 * C[i] = A[i] · B[i] (+ bias[n]), bounded to [low, high], for `count` matrices C of [m, n], one behind the other; the steps between matrices of
 * A and B (0 if all are the same one) count elements. A[i] is [m, k], or [k, m] if `transposeA`; B[i] is [k, n], or [n, k] if `transposeB`.
 */
export function matMul(
  a: usize, b: usize, c: usize, count: i32, aStep: i32, bStep: i32, m: i32, n: i32, k: i32, transposeA: bool, transposeB: bool, bias: usize, low: f32, high: f32,
): void {
  for (let i = 0; i < count; i++) {
    const p = at(a, i * aStep), q = at(b, i * bStep), r = at(c, i * m * n);
    if (k == 0) {
      for (let row = 0; row < m; row++) {
        clearRow(at(r, row * n), n);
        finishRow(at(r, row * n), bias, n, low, high);
      }
    } else if (m == 1) {
      multiplyVector(p, q, r, n, k, transposeB);
      finishRow(r, bias, n, low, high);
    } else if (n == 1 && !bias) {
      multiplyVector(q, p, r, m, k, !transposeA);
      finishRow(r, 0, m, low, high);
    } else {
      multiply(p, q, r, m, n, k, transposeA, transposeB, false, bias, low, high);
    }
  }
}
