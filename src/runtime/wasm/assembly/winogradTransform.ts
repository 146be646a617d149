// The transforms of Winograd's minimal filtering F(2 × 2, 3 × 3), Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, section 4.1:
// Y = Aᵀ ((G g Gᵀ) ⊙ (Bᵀ d B)) A for 2 × 2 outputs Y, a filter g of 3 × 3 and 4 × 4 cells d. As it is bilinear, the gradient by the filter is
// Gᵀ ((A dY Aᵀ) ⊙ (Bᵀ d B)) G. Of a tile's 16 numbers each goes to an array of its own (`apart` bytes from one to the next), where it meets
// those of the other tiles. (Rows are stored before the next one's numbers are loaded: V8 would spill what it loads at once.)

import { bounded } from './tile';

/** Channels of a tile that lie next to each other: a line of the cache. The next ones lie behind those of the other tiles. */
@inline export const lineChannels = 16;
@inline export const lineBytes: usize = 64;

@inline
function storeRow(to: usize, apart: usize, t0: v128, t1: v128, t2: v128, t3: v128): void {
  v128.store(to, f32x4.sub(t0, t2));
  v128.store(to + apart, f32x4.add(t1, t2));
  v128.store(to + 2 * apart, f32x4.sub(t2, t1));
  v128.store(to + 3 * apart, f32x4.sub(t1, t3));
}

/** Bᵀ d B of a tile. `line`, `pixel`: bytes from a row of cells and from a cell to the next; `beyond`: bytes from sixteen channels to the next sixteen. */
export function transformCells(cells: usize, line: usize, pixel: usize, channels: i32, to: usize, beyond: usize, apart: usize): void {
  const row = apart << 2;
  for (; channels > 0; channels -= lineChannels) {
    for (let c: usize = 0; c < lineBytes; c += 16) {
      const d0 = cells + c, d1 = d0 + line, d2 = d1 + line, d3 = d2 + line, p2 = pixel << 1, p3 = pixel + p2;
      let place = to + c;
      storeRow(
        place, apart, f32x4.sub(v128.load(d0), v128.load(d2)), f32x4.sub(v128.load(d0 + pixel), v128.load(d2 + pixel)),
        f32x4.sub(v128.load(d0 + p2), v128.load(d2 + p2)), f32x4.sub(v128.load(d0 + p3), v128.load(d2 + p3)),
      );
      place += row;
      storeRow(
        place, apart, f32x4.add(v128.load(d1), v128.load(d2)), f32x4.add(v128.load(d1 + pixel), v128.load(d2 + pixel)),
        f32x4.add(v128.load(d1 + p2), v128.load(d2 + p2)), f32x4.add(v128.load(d1 + p3), v128.load(d2 + p3)),
      );
      place += row;
      storeRow(
        place, apart, f32x4.sub(v128.load(d2), v128.load(d1)), f32x4.sub(v128.load(d2 + pixel), v128.load(d1 + pixel)),
        f32x4.sub(v128.load(d2 + p2), v128.load(d1 + p2)), f32x4.sub(v128.load(d2 + p3), v128.load(d1 + p3)),
      );
      place += row;
      storeRow(
        place, apart, f32x4.sub(v128.load(d1), v128.load(d3)), f32x4.sub(v128.load(d1 + pixel), v128.load(d3 + pixel)),
        f32x4.sub(v128.load(d1 + p2), v128.load(d3 + p2)), f32x4.sub(v128.load(d1 + p3), v128.load(d3 + p3)),
      );
    }
    cells += lineBytes;
    to += beyond;
  }
}

@inline
function storeSpread(to: usize, apart: usize, z0: v128, z1: v128): void {
  v128.store(to, z0);
  v128.store(to + apart, f32x4.add(z0, z1));
  v128.store(to + 2 * apart, f32x4.sub(z0, z1));
  v128.store(to + 3 * apart, f32x4.neg(z1));
}

/** A dY Aᵀ of a tile of 2 × 2. */
export function transformGiven(given: usize, line: usize, pixel: usize, channels: i32, to: usize, beyond: usize, apart: usize): void {
  const row = apart << 2;
  for (; channels > 0; channels -= lineChannels) {
    for (let c: usize = 0; c < lineBytes; c += 16) {
      const first = given + c, second = first + line, place = to + c;
      const z00 = v128.load(first), z01 = v128.load(first + pixel), z10 = v128.load(second), z11 = v128.load(second + pixel);
      storeSpread(place, apart, z00, z01);
      storeSpread(place + row, apart, f32x4.add(z00, z10), f32x4.add(z01, z11));
      storeSpread(place + 2 * row, apart, f32x4.sub(z00, z10), f32x4.sub(z01, z11));
      storeSpread(place + 3 * row, apart, f32x4.neg(z10), f32x4.neg(z11));
    }
    given += lineBytes;
    to += beyond;
  }
}

@inline
function finished(v: v128, bias: usize, lowest: v128, highest: v128): v128 {
  if (bias) v = f32x4.add(v, v128.load(bias));
  return bounded(v, lowest, highest);
}

/** Aᵀ m A (+ bias), bounded, of a tile: `rows` × `columns` outputs, two of each unless the image ends there; `channels`: a multiple of 4. */
export function transformSums(
  sums: usize, apart: usize, channels: i32, y: usize, line: usize, pixel: usize, rows: i32, columns: i32, bias: usize, low: f32, high: f32, halves: usize,
): void {
  const lowest = f32x4.splat(low), highest = f32x4.splat(high), row = apart << 2;
  for (; channels > 0; channels -= 4) {
    for (let j: usize = 0; j < 4; j++) {
      const m = sums + j * apart;
      const m1 = v128.load(m + row), m2 = v128.load(m + 2 * row);
      v128.store(halves + (j << 4), f32x4.add(v128.load(m), f32x4.add(m1, m2)));
      v128.store(halves + (j << 4), f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 3 * row)), 64);
    }
    for (let i: usize = 0; i < <usize>rows; i++) {
      const h = halves + (i << 6), to = y + i * line;
      const h1 = v128.load(h, 16), h2 = v128.load(h, 32);
      v128.store(to, finished(f32x4.add(v128.load(h), f32x4.add(h1, h2)), bias, lowest, highest));
      if (columns > 1) v128.store(to + pixel, finished(f32x4.sub(f32x4.sub(h1, h2), v128.load(h, 48)), bias, lowest, highest));
    }
    sums += 16;
    y += 16;
    if (bias) bias += 16;
  }
}

@inline
function storeWeights(to: usize, apart: usize, h0: v128, h1: v128, h2: v128): void {
  const half = f32x4.splat(0.5), outer = f32x4.mul(f32x4.add(h0, h2), half), inner = f32x4.mul(h1, half);
  v128.store(to, h0);
  v128.store(to + apart, f32x4.add(outer, inner));
  v128.store(to + 2 * apart, f32x4.sub(outer, inner));
  v128.store(to + 3 * apart, h2);
}

@inline
function halfOfSum(g: usize, tap: usize): v128 {
  return f32x4.mul(f32x4.add(v128.load(g), v128.load(g + 6 * tap)), f32x4.splat(0.5));
}

@inline
function halfOf(g: usize, tap: usize): v128 {
  return f32x4.mul(v128.load(g + 3 * tap), f32x4.splat(0.5));
}

/** G g Gᵀ of `n` (a multiple of 4) filters side by side; `tap`: bytes from a tap of them all to the next. */
export function transformTaps(g: usize, tap: usize, n: i32, to: usize, apart: usize): void {
  const row = apart << 2;
  for (; n > 0; n -= 4) {
    const g1 = g + tap, g2 = g1 + tap;
    storeWeights(to, apart, v128.load(g), v128.load(g1), v128.load(g2));
    storeWeights(to + row, apart, f32x4.add(halfOfSum(g, tap), halfOf(g, tap)), f32x4.add(halfOfSum(g1, tap), halfOf(g1, tap)), f32x4.add(halfOfSum(g2, tap), halfOf(g2, tap)));
    storeWeights(to + 2 * row, apart, f32x4.sub(halfOfSum(g, tap), halfOf(g, tap)), f32x4.sub(halfOfSum(g1, tap), halfOf(g1, tap)), f32x4.sub(halfOfSum(g2, tap), halfOf(g2, tap)));
    storeWeights(to + 3 * row, apart, v128.load(g + 6 * tap), v128.load(g1 + 6 * tap), v128.load(g2 + 6 * tap));
    g += 16;
    to += 16;
  }
}

@inline
function storeTaps(to: usize, tap: usize, h0: v128, h1: v128, h2: v128, h3: v128): void {
  const half = f32x4.splat(0.5), middle = f32x4.mul(f32x4.add(h1, h2), half);
  v128.store(to, f32x4.add(h0, middle));
  v128.store(to + tap, f32x4.mul(f32x4.sub(h1, h2), half));
  v128.store(to + 2 * tap, f32x4.add(middle, h3));
}

/** Σ of the first number of a column of s and half of the two in the middle; `row`: bytes from a row to the next. */
@inline
function outer(s: usize, middle: usize, row: usize): v128 {
  return f32x4.add(v128.load(s), f32x4.mul(f32x4.add(v128.load(middle), v128.load(middle + row)), f32x4.splat(0.5)));
}

@inline
function between(s: usize, row: usize): v128 {
  return f32x4.mul(f32x4.sub(v128.load(s + row), v128.load(s + 2 * row)), f32x4.splat(0.5));
}

/** Gᵀ s G of `n` (a multiple of 4) sums side by side. */
export function transformWeights(s: usize, apart: usize, n: i32, to: usize, tap: usize): void {
  const row = apart << 2;
  for (; n > 0; n -= 4) {
    const s1 = s + apart, s2 = s1 + apart, s3 = s2 + apart, last = 3 * row;
    storeTaps(to, tap, outer(s, s + row, row), outer(s1, s1 + row, row), outer(s2, s2 + row, row), outer(s3, s3 + row, row));
    storeTaps(to + 3 * tap, tap, between(s, row), between(s1, row), between(s2, row), between(s3, row));
    storeTaps(to + 6 * tap, tap, outer(s + last, s + row, row), outer(s1 + last, s1 + row, row), outer(s2 + last, s2 + row, row), outer(s3 + last, s3 + row, row));
    s += 16;
    to += 16;
  }
}
