// The matrix product, after Goto: a block of B packed in panels for the second-level cache, one of A in strips; one panel at a time is in
// the first-level cache.
import { at } from './simd';
import { packColumns, packRows, packStrips, packTransposedStrips } from './pack';
import { productScratch } from './scratch';
import { clearRow, finishRow } from './rows';
import { storeTile, sumTile, tileColumns, tileRows } from './tile';
import { multiplyVector } from './vector';

/** How much of the inner axis and of the columns of B are packed at a time, at most. */
@inline const depth = 512;
@inline export const breadth = 256;
/** How many numbers of A are packed at a time. */
@inline const stripFloats = 16384;

/** Bytes of working memory that a product needs; what is packed as strips may go on for a group of four by four. */
@inline export const productBytes: usize = (depth * breadth + stripFloats + 16 + tileRows * tileColumns) << 2;

/** How much of the inner axis to pack at a time: equal parts, as short ones take as many loads and stores of sums. */
@inline
export function depthOf(k: i32): i32 {
  const parts = (k + depth - 1) / depth;
  return (k + parts - 1) / parts;
}

/** How many rows of A to pack at a time. */
@inline
export function heightOf(inner: i32): i32 {
  return min(64, (stripFloats / inner) & ~(tileRows - 1));
}

@inline
export function stripScratch(): usize {
  return productScratch() + (tileRows * tileColumns << 2);
}

@inline
export function panelScratch(): usize {
  return stripScratch() + (stripFloats + 16 << 2);
}

/**
 * C[rows, columns] = (C +) A · B (+ bias), bounded to [low, high]; both counts may end within a tile. A: strips of four columns, `stripBytes` apart,
 * each of which goes on after `aStep` bytes; B: panels, each `inner` times eight floats. `cStep`: bytes from a row of C to the next; `behind`: how many floats
 * C has from its first on, if its rows are of `columns` floats, else 0.
 */
export function multiplyBlock(
  a: usize, aStep: usize, stripBytes: usize, panels: usize, inner: i32, c: usize, cStep: usize, rows: i32, columns: i32, behind: i32, add: bool, bias: usize, low: f32, high: f32,
): void {
  const sums = productScratch();
  const asItIs = !bias && low == -Infinity && high == Infinity;
  // The last columns first: what is stored of them beyond a row's end, in whole vectors, the first ones overwrite.
  for (let q = (columns - 1) & ~(tileColumns - 1); q >= 0; q -= tileColumns) {
    const panel = panels + <usize>q * (<usize>inner << 2);
    const offset = bias ? at(bias, q) : 0;
    const whole = columns - q >= tileColumns;
    let strip = a;
    for (let p = 0; p < rows; p += tileRows) {
      const to = at(c + <usize>p * cStep, q);
      if (asItIs && rows - p >= tileRows && (whole || (!add && behind >= (p + tileRows - 1) * columns + q + tileColumns))) {
        sumTile(strip, aStep, 0, panel, 32, inner, 1, to, cStep, add);
      } else {
        sumTile(strip, aStep, 0, panel, 32, inner, 1, sums, tileColumns << 2, false);
        storeTile(sums, to, cStep, min(tileRows, rows - p), min(tileColumns, columns - q), add, offset, low, high);
      }
      strip += stripBytes;
    }
  }
}

/**
 * C[m, n] = (C +) A · B (+ bias[n]), bounded to [low, high]. A is [m, k], or [k, m] if `transposeA`; B is [k, n], or [n, k] if `transposeB`.
 * `bias`: 0 for none.
 */
export function multiply(
  a: usize, b: usize, c: usize, m: i32, n: i32, k: i32, transposeA: bool, transposeB: bool, accumulate: bool, bias: usize, low: f32, high: f32,
): void {
  multiplyPart(a, b, c, transposeA ? m : k, transposeB ? k : n, n, m, n, k, transposeA, transposeB, accumulate, bias, low, high);
}

/** The same of matrices that may be parts of wider ones: the steps count floats from a row to the next, as they are stored. */
export function multiplyPart(
  a: usize, b: usize, c: usize, aRow: i32, bRow: i32, cRow: i32, m: i32, n: i32, k: i32, transposeA: bool, transposeB: bool, accumulate: bool, bias: usize, low: f32, high: f32,
): void {
  const strips = stripScratch(), panels = panelScratch();
  const aStep = (<usize>aRow) << 2, bStep = (<usize>bRow) << 2, cStep = (<usize>cRow) << 2;
  const part = depthOf(k), height = heightOf(part);
  for (let j = 0; j < n; j += breadth) {
    const columns = min(breadth, n - j);
    for (let l = 0; l < k; l += part) {
      const inner = min(part, k - l);
      const last = l + part >= k;
      const offset = last && bias ? at(bias, j) : 0;
      const least: f32 = last ? low : -Infinity, most: f32 = last ? high : Infinity;
      if (transposeB) packColumns(at(b + <usize>j * bStep, l), bStep, inner, columns, panels);
      else packRows(at(b + <usize>l * bStep, j), bStep, inner, columns, panels);
      for (let i = 0; i < m; i += height) {
        const rows = min(height, m - i);
        const to = at(c + <usize>i * cStep, j), behind = columns == cRow ? (m - i) * n : 0;
        if (transposeA && k <= 128 && columns < 64) {
          // For few columns of B, packing A would not pay.
          multiplyBlock(at(a + <usize>l * aStep, i), aStep, tileRows << 2, panels, inner, to, cStep, rows, columns, behind, accumulate || l > 0, offset, least, most);
          continue;
        }
        if (transposeA) packTransposedStrips(at(a + <usize>l * aStep, i), aStep, inner, rows, strips);
        else packStrips(at(a + <usize>i * aStep, l), aStep, inner, rows, strips);
        multiplyBlock(strips, tileRows << 2, (<usize>inner) << 4, panels, inner, to, cStep, rows, columns, behind, accumulate || l > 0, offset, least, most);
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

/** One such product of parts of matrices, of several rows and columns: `aRow`, `bRow`, `cRow` count floats from a row of the whole, as it is stored, to the next. */
export function matMulPart(
  a: usize, b: usize, c: usize, aRow: i32, bRow: i32, cRow: i32, m: i32, n: i32, k: i32, transposeA: bool, transposeB: bool, bias: usize, low: f32, high: f32,
): void {
  multiplyPart(a, b, c, aRow, bRow, cRow, m, n, k, transposeA, transposeB, false, bias, low, high);
}
