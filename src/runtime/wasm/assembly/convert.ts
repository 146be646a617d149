// Between types: float32, int32, and bytes of 0 or 1.
import { at } from './simd';

/** y[n] (int32) = x[n] (float32), cut towards 0. */
export function floatToInteger(x: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<i32>(at(y, i), <i32>load<f32>(at(x, i)));
}

/** y[n] (float32) = x[n] (int32). */
export function integerToFloat(x: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f32>(at(y, i), <f32>load<i32>(at(x, i)));
}

/** y[n] (bytes) = whether x[n] (float32) is not 0. */
export function floatToBoolean(x: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<u8>(y + <usize>i, <u8>(load<f32>(at(x, i)) != 0));
}

/** y[n] (bytes) = whether x[n] (int32) is not 0. */
export function integerToBoolean(x: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<u8>(y + <usize>i, <u8>(load<i32>(at(x, i)) != 0));
}

/** y[n] (float32) = x[n] (bytes). */
export function booleanToFloat(x: usize, y: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x + <usize>i)));
    v128.store(at(y, i), f32x4.convert_i32x4_u(words));
  }
  for (; i < n; i++) store<f32>(at(y, i), <f32>load<u8>(x + <usize>i));
}

/** y[n] (int32) = x[n] (bytes). */
export function booleanToInteger(x: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<i32>(at(y, i), <i32>load<u8>(x + <usize>i));
}

/** y[n, inner] = rows of a[n, inner] where condition[n] (bytes), of b elsewhere; four bytes an element. */
export function select(condition: usize, a: usize, b: usize, y: usize, n: i32, inner: i32): void {
  if (inner > 1) {
    for (let i = 0; i < n; i++) {
      const from = load<u8>(condition + <usize>i) ? a : b;
      for (let j = 0; j < inner; j++) store<u32>(at(y, i * inner + j), load<u32>(at(from, i * inner + j)));
    }
    return;
  }
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(condition + <usize>i)));
    v128.store(at(y, i), v128.bitselect(v128.load(at(b, i)), v128.load(at(a, i)), i32x4.eq(words, i32x4.splat(0))));
  }
  for (; i < n; i++) store<u32>(at(y, i), load<u32>(at(load<u8>(condition + <usize>i) ? a : b, i)));
}

/** y[n] (bytes) = not x[n]. */
export function not(x: usize, y: usize, n: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u8>(y + i, load<u8>(x + i) ^ 1);
}

/** y[n] (bytes) = whether x[n] is infinite. */
export function isInfinite(x: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<u8>(y + <usize>i, <u8>(abs(load<f32>(at(x, i))) == Infinity));
}

/** y[n] (bytes) = whether x[n] is a number and not infinite. */
export function isFiniteNumber(x: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<u8>(y + <usize>i, <u8>(abs(load<f32>(at(x, i))) < Infinity));
}
