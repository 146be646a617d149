// The product of a vector and a matrix: every number of the matrix counts once, so that copying it first would not pay.
import { addScaledRow, clearRow } from './rows';
import { at, multiplyAdd, sumOfLanes } from './simd';

/** Σ x[i] · y[i]. */
function dot(x: usize, y: usize, n: i32): f32 {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  for (; n >= 16; n -= 16) {
    a = multiplyAdd(v128.load(x), v128.load(y), a);
    b = multiplyAdd(v128.load(x, 16), v128.load(y, 16), b);
    c = multiplyAdd(v128.load(x, 32), v128.load(y, 32), c);
    d = multiplyAdd(v128.load(x, 48), v128.load(y, 48), d);
    x += 64;
    y += 64;
  }
  for (; n >= 4; n -= 4) {
    a = multiplyAdd(v128.load(x), v128.load(y), a);
    x += 16;
    y += 16;
  }
  let sum = sumOfLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  for (; n > 0; n--) {
    sum += load<f32>(x) * load<f32>(y);
    x += 4;
    y += 4;
  }
  return sum;
}

/** y[n] = x[k] · B, where B is [k, n], or [n, k] if `transposed`. */
export function multiplyVector(x: usize, b: usize, y: usize, n: i32, k: i32, transposed: bool): void {
  if (transposed) {
    for (let i = 0; i < n; i++) store<f32>(at(y, i), dot(x, at(b, i * k), k));
    return;
  }
  clearRow(y, n);
  let i = 0;
  for (; i + 4 <= k; i += 4) addScaledRow(y, at(b, i * n), at(x, i), n, 4);
  for (; i < k; i++) addScaledRow(y, at(b, i * n), at(x, i), n, 1);
}
