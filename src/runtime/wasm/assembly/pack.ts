// Copies of blocks of the factors of a matrix product, in the order in which the tiles read them. What lies outside of a factor is 0.
import { at, loadPart } from './simd';

/** Rows of B (`step` bytes apart; `k` of them) as panels of eight columns: each panel k times eight floats. */
export function packRows(b: usize, step: usize, k: i32, columns: i32, panels: usize): void {
  const panelBytes = (<usize>k) << 5;
  let j = 0;
  // Two panels together take all of each line of the cache, which may be gone before its next half is wanted: rows are often a power of two apart.
  for (; j + 16 <= columns; j += 16) {
    let from = at(b, j);
    let other = panels + panelBytes;
    for (let row = 0; row < k; row++) {
      v128.store(panels, v128.load(from));
      v128.store(panels, v128.load(from, 16), 16);
      v128.store(other, v128.load(from, 32));
      v128.store(other, v128.load(from, 48), 16);
      panels += 32;
      other += 32;
      from += step;
    }
    panels += panelBytes;
  }
  for (; j + 8 <= columns; j += 8) {
    let from = at(b, j);
    for (let row = 0; row < k; row++) {
      v128.store(panels, v128.load(from));
      v128.store(panels, v128.load(from, 16), 16);
      panels += 32;
      from += step;
    }
  }
  if (j == columns) return;
  const rest = columns - j;
  let from = at(b, j);
  for (let row = 0; row < k; row++) {
    v128.store(panels, rest >= 4 ? v128.load(from) : loadPart(from, rest));
    v128.store(panels, rest > 4 ? loadPart(from + 16, rest - 4) : f32x4.splat(0), 16);
    panels += 32;
    from += step;
  }
}

/** The same of a B that is stored by columns, `step` bytes apart. */
export function packColumns(b: usize, step: usize, k: i32, columns: i32, panels: usize): void {
  packPartOfColumns(b, step, k, columns, panels, (<usize>k) << 5);
}

/** `k` rows of panels that are `panelBytes` long. */
export function packPartOfColumns(b: usize, step: usize, k: i32, columns: i32, panels: usize, panelBytes: usize): void {
  for (let j = 0; j < columns; j += 8) {
    interleave(b + <usize>j * step, step, k, columns - j, panels, 32);
    interleave(b + <usize>(j + 4) * step, step, k, columns - j - 4, panels + 16, 32);
    panels += panelBytes;
  }
}

/** Rows of a transposed A (`step` bytes apart; `k` of them) as strips of four columns: each strip k times four floats. */
export function packTransposedStrips(a: usize, step: usize, k: i32, columns: i32, strips: usize): void {
  for (let i = 0; i < columns; i += 4) {
    const rest = columns - i;
    let from = at(a, i);
    for (let row = 0; row < k; row++) {
      v128.store(strips, rest >= 4 ? v128.load(from) : loadPart(from, rest));
      strips += 16;
      from += step;
    }
  }
}

/** Rows of A (`step` bytes apart), `k` floats of each, as strips of four rows: each strip k times four floats. */
export function packStrips(a: usize, step: usize, k: i32, rows: i32, strips: usize): void {
  for (let i = 0; i < rows; i += 4) {
    interleave(a + <usize>i * step, step, k, rows - i, strips, 16);
    strips += (<usize>k) << 4;
  }
}

/** Up to four rows of `n` floats, `step` bytes apart, as `n` groups of four (one of each row), `toStep` bytes apart. */
export function interleave(from: usize, step: usize, n: i32, rows: i32, to: usize, toStep: usize): void {
  const from1 = from + step, from2 = from1 + step, from3 = from2 + step;
  let i = 0;
  if (rows >= 4) {
    for (; i + 4 <= n; i += 4) {
      const v0 = v128.load(at(from, i)), v1 = v128.load(at(from1, i)), v2 = v128.load(at(from2, i)), v3 = v128.load(at(from3, i));
      const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5), low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7), high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f64>(low01, low23, 0, 2));
      v128.store(to + toStep, v128.shuffle<f64>(low01, low23, 1, 3));
      v128.store(to + (toStep << 1), v128.shuffle<f64>(high01, high23, 0, 2));
      v128.store(to + 3 * toStep, v128.shuffle<f64>(high01, high23, 1, 3));
      to += toStep << 2;
    }
  }
  for (; i < n; i++) {
    let v = f32x4.splat(0);
    if (rows > 0) v = v128.load32_lane(at(from, i), v, 0);
    if (rows > 1) v = v128.load32_lane(at(from1, i), v, 1);
    if (rows > 2) v = v128.load32_lane(at(from2, i), v, 2);
    if (rows > 3) v = v128.load32_lane(at(from3, i), v, 3);
    v128.store(to, v);
    to += toStep;
  }
}
