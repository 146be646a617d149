// Runs of floats, short ones mostly: for those, bulk memory instructions cost more than they save.
import { loadPart, storePart, multiplyAdd } from './simd';

/** to[i] = from[i]. */
export function copyRow(to: usize, from: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
  if (n > 0) storePart(to, loadPart(from, n), n);
}

/** to[i] = 0. */
export function clearRow(to: usize, n: i32): void {
  const zero = f32x4.splat(0);
  for (; n >= 4; n -= 4) {
    v128.store(to, zero);
    to += 16;
  }
  if (n > 0) storePart(to, zero, n);
}

/** to[i] += from[i]. */
export function addRow(to: usize, from: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    to += 16;
    from += 16;
  }
  if (n > 0) storePart(to, f32x4.add(loadPart(to, n), loadPart(from, n)), n);
}

/** to[i] += a[i] · b[i]. */
export function addProductRow(to: usize, a: usize, b: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(to, multiplyAdd(v128.load(a), v128.load(b), v128.load(to)));
    to += 16;
    a += 16;
    b += 16;
  }
  if (n > 0) storePart(to, multiplyAdd(loadPart(a, n), loadPart(b, n), loadPart(to, n)), n);
}

/** to[i] = bounded (to[i] + bias[i]); `bias`: 0 for none. */
export function finishRow(to: usize, bias: usize, n: i32, low: f32, high: f32): void {
  const lowest = f32x4.splat(low), highest = f32x4.splat(high);
  for (; n >= 4; n -= 4) {
    let v = v128.load(to);
    if (bias) {
      v = f32x4.add(v, v128.load(bias));
      bias += 16;
    }
    v128.store(to, f32x4.pmin(f32x4.pmax(v, lowest), highest));
    to += 16;
  }
  if (n > 0) {
    let v = loadPart(to, n);
    if (bias) v = f32x4.add(v, loadPart(bias, n));
    storePart(to, f32x4.pmin(f32x4.pmax(v, lowest), highest), n);
  }
}
