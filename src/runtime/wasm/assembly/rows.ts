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

/** to[i] = a[i] · b[i]. */
export function multiplyRow(to: usize, a: usize, b: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(to, f32x4.mul(v128.load(a), v128.load(b)));
    to += 16;
    a += 16;
    b += 16;
  }
  if (n > 0) storePart(to, f32x4.mul(loadPart(a, n), loadPart(b, n)), n);
}

/** to[i] = share[i] · a[i] + (1 − share[i]) · b[i]. */
export function blendRow(to: usize, share: usize, a: usize, b: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    const v = v128.load(b);
    v128.store(to, multiplyAdd(v128.load(share), f32x4.sub(v128.load(a), v), v));
    to += 16;
    share += 16;
    a += 16;
    b += 16;
  }
  if (n > 0) storePart(to, multiplyAdd(loadPart(share, n), f32x4.sub(loadPart(a, n), loadPart(b, n)), loadPart(b, n)), n);
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

/** to[i] += Σ factors[j] · rows[j, i] over `count` rows of n floats, four of them or one. */
export function addScaledRow(to: usize, rows: usize, factors: usize, n: i32, count: i32): void {
  const step = (<usize>n) << 2;
  const a = v128.load32_splat(factors);
  if (count == 1) {
    for (; n >= 4; n -= 4) {
      v128.store(to, multiplyAdd(a, v128.load(rows), v128.load(to)));
      to += 16;
      rows += 16;
    }
    if (n > 0) storePart(to, multiplyAdd(a, loadPart(rows, n), loadPart(to, n)), n);
    return;
  }
  const b = v128.load32_splat(factors, 4), c = v128.load32_splat(factors, 8), d = v128.load32_splat(factors, 12);
  const rows1 = rows + step, rows2 = rows1 + step, rows3 = rows2 + step;
  let i: usize = 0;
  for (; n >= 4; n -= 4) {
    let v = multiplyAdd(a, v128.load(rows + i), v128.load(to + i));
    v = multiplyAdd(b, v128.load(rows1 + i), v);
    v = multiplyAdd(c, v128.load(rows2 + i), v);
    v128.store(to + i, multiplyAdd(d, v128.load(rows3 + i), v));
    i += 16;
  }
  if (n > 0) {
    let v = multiplyAdd(a, loadPart(rows + i, n), loadPart(to + i, n));
    v = multiplyAdd(b, loadPart(rows1 + i, n), v);
    v = multiplyAdd(c, loadPart(rows2 + i, n), v);
    storePart(to + i, multiplyAdd(d, loadPart(rows3 + i, n), v), n);
  }
}
