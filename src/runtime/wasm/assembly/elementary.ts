// Elementary functions of four floats, to about two units in the last place. `t`: the table's address.
import { multiplyAdd } from './simd';
import { constant, ERROR, EXPONENTIAL, LOGARITHM, TANGENT, TURN } from './table';

/** y · x + the i-th constant: a step of Horner's scheme. */
@inline
function step(y: v128, x: v128, t: usize, first: usize, i: usize): v128 {
  return multiplyAdd(y, x, constant(t, first, i));
}

/** x · log₂ e + 1.5 · 2²³, which leaves the nearest integer in the lowest bits (in the way of XNNPACK, as WebAssembly's conversion is slow). */
@inline
function shiftedExponent(x: v128, t: usize): v128 {
  return multiplyAdd(x, constant(t, EXPONENTIAL, 0), constant(t, EXPONENTIAL, 1));
}

/** That integer. */
@inline
function exponent(shifted: v128, t: usize): v128 {
  return i32x4.sub(shifted, constant(t, EXPONENTIAL, 1));
}

/** 2ⁿ for integers n from -126 to 127. */
@inline
function powerOfTwo(n: v128, t: usize): v128 {
  return i32x4.shl(i32x4.add(n, constant(t, EXPONENTIAL, 10)), 23);
}

/** eʳ - 1 for what the exponent leaves of x. */
@inline
function fractionMinus1(x: v128, shifted: v128, t: usize): v128 {
  const n = f32x4.sub(shifted, constant(t, EXPONENTIAL, 1));
  const r = multiplyAdd(n, constant(t, EXPONENTIAL, 3), multiplyAdd(n, constant(t, EXPONENTIAL, 2), x));
  let y = constant(t, EXPONENTIAL, 4);
  y = step(y, r, t, EXPONENTIAL, 5);
  y = step(y, r, t, EXPONENTIAL, 6);
  y = step(y, r, t, EXPONENTIAL, 7);
  y = step(y, r, t, EXPONENTIAL, 8);
  y = step(y, r, t, EXPONENTIAL, 9);
  return multiplyAdd(y, f32x4.mul(r, r), r);
}

/** eˣ. */
@inline
export function exponential(x: v128, t: usize): v128 {
  // Beyond these bounds the result is 0 or infinite whatever x is. A NaN passes both.
  const bounded = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-104)), f32x4.splat(89));
  const shifted = shiftedExponent(bounded, t);
  // In two steps, as 2ⁿ itself may be out of range.
  const whole = exponent(shifted, t), half = i32x4.shr_s(whole, 1);
  const power = powerOfTwo(half, t);
  return f32x4.mul(multiplyAdd(fractionMinus1(bounded, shifted, t), power, power), powerOfTwo(i32x4.sub(whole, half), t));
}

/** eˣ for x that is not above 0; below the smallest normal number, 0. */
@inline
export function exponentialBelow0(x: v128, t: usize): v128 {
  const shifted = shiftedExponent(x, t);
  const power = powerOfTwo(exponent(shifted, t), t);
  return v128.andnot(multiplyAdd(fractionMinus1(x, shifted, t), power, power), f32x4.lt(x, constant(t, EXPONENTIAL, 11)));
}

/** eˣ - 1, without losing digits near 0. */
@inline
export function exponentialMinus1(x: v128, t: usize): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-80)), f32x4.splat(89));
  const shifted = shiftedExponent(bounded, t);
  // 2ⁿ · (eʳ - 1) + (2ⁿ - 1), of which the second part is 0 for small x; with half of 2ⁿ, as 2ⁿ itself may be out of range.
  const half = powerOfTwo(i32x4.sub(exponent(shifted, t), i32x4.splat(1)), t);
  const result = multiplyAdd(fractionMinus1(bounded, shifted, t), half, f32x4.sub(half, f32x4.splat(0.5)));
  return f32x4.add(result, result);
}

/** ln x for normal, positive, finite x. */
@inline
function logarithmOfNormal(x: v128, t: usize, less: v128): v128 {
  // x = m · 2ᵉ with m in [√½, √2).
  const shifted = i32x4.sub(x, constant(t, LOGARITHM, 2));
  const e = f32x4.sub(f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23)), less);
  const m = f32x4.sub(i32x4.add(v128.and(shifted, constant(t, LOGARITHM, 3)), constant(t, LOGARITHM, 2)), f32x4.splat(1));
  const square = f32x4.mul(m, m);
  let y = constant(t, LOGARITHM, 4);
  y = step(y, m, t, LOGARITHM, 5);
  y = step(y, m, t, LOGARITHM, 6);
  y = step(y, m, t, LOGARITHM, 7);
  y = step(y, m, t, LOGARITHM, 8);
  y = step(y, m, t, LOGARITHM, 9);
  y = step(y, m, t, LOGARITHM, 10);
  y = step(y, m, t, LOGARITHM, 11);
  y = step(y, m, t, LOGARITHM, 12);
  y = f32x4.mul(y, f32x4.mul(m, square));
  y = multiplyAdd(e, constant(t, LOGARITHM, 13), y);
  y = multiplyAdd(square, f32x4.splat(-0.5), y);
  return multiplyAdd(e, constant(t, LOGARITHM, 14), f32x4.add(m, y));
}

/** ln x. */
@inline
export function logarithm(x: v128, t: usize): v128 {
  const tiny = f32x4.lt(x, constant(t, LOGARITHM, 0));
  const normal = v128.bitselect(f32x4.mul(x, constant(t, LOGARITHM, 1)), x, tiny);
  let y = logarithmOfNormal(normal, t, v128.and(tiny, f32x4.splat(23)));
  // ln ∞ = ∞, ln 0 = -∞, and NaN for NaN and below 0.
  y = v128.bitselect(x, y, f32x4.eq(x, f32x4.splat(Infinity)));
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(x, f32x4.splat(0)));
  return v128.bitselect(y, f32x4.splat(NaN), f32x4.ge(x, f32x4.splat(0)));
}

/** ln (1 + x), without losing digits near 0 (W. Kahan). */
@inline
export function logarithmOf1Plus(x: v128, t: usize): v128 {
  const u = f32x4.add(f32x4.splat(1), x);
  const difference = f32x4.sub(u, f32x4.splat(1));
  const y = f32x4.div(f32x4.mul(logarithm(u, t), x), difference);
  return v128.bitselect(x, y, v128.or(f32x4.eq(difference, f32x4.splat(0)), f32x4.eq(x, f32x4.splat(Infinity))));
}

/** ln (1 + eˣ). */
@inline
export function softplus(x: v128, t: usize): v128 {
  const e = exponentialBelow0(f32x4.neg(f32x4.abs(x)), t);
  // Kahan's way again, for a number from 0 to 1.
  const u = f32x4.add(f32x4.splat(1), e);
  const difference = f32x4.sub(u, f32x4.splat(1));
  const y = f32x4.div(f32x4.mul(logarithmOfNormal(u, t, f32x4.splat(0)), e), difference);
  return f32x4.add(f32x4.max(x, f32x4.splat(0)), v128.bitselect(e, y, f32x4.eq(difference, f32x4.splat(0))));
}

/** 1 / (1 + e⁻ˣ). */
@inline
export function logistic(x: v128, t: usize): v128 {
  const one = f32x4.splat(1);
  const e = exponentialBelow0(f32x4.neg(f32x4.abs(x)), t);
  const y = f32x4.div(e, f32x4.add(one, e));
  return v128.bitselect(f32x4.sub(one, y), y, f32x4.gt(x, f32x4.splat(0)));
}

/** tanh x, to six units in the last place (as in TensorFlow). */
@inline
export function hyperbolicTangent(x: v128, t: usize): v128 {
  const v = f32x4.pmin(f32x4.pmax(x, constant(t, TANGENT, 12)), constant(t, TANGENT, 0));
  const square = f32x4.mul(v, v);
  let p = constant(t, TANGENT, 1);
  p = step(p, square, t, TANGENT, 2);
  p = step(p, square, t, TANGENT, 3);
  p = step(p, square, t, TANGENT, 4);
  p = step(p, square, t, TANGENT, 5);
  p = step(p, square, t, TANGENT, 6);
  p = step(p, square, t, TANGENT, 7);
  let q = constant(t, TANGENT, 8);
  q = step(q, square, t, TANGENT, 9);
  q = step(q, square, t, TANGENT, 10);
  q = step(q, square, t, TANGENT, 11);
  return f32x4.div(f32x4.mul(p, v), q);
}

/** The error function. */
@inline
export function errorFunction(x: v128, t: usize): v128 {
  const bound = constant(t, ERROR, 0);
  const v = f32x4.pmin(f32x4.pmax(x, f32x4.neg(bound)), bound);
  const square = f32x4.mul(v, v);
  let p = constant(t, ERROR, 1);
  p = step(p, square, t, ERROR, 2);
  p = step(p, square, t, ERROR, 3);
  p = step(p, square, t, ERROR, 4);
  p = step(p, square, t, ERROR, 5);
  p = step(p, square, t, ERROR, 6);
  p = step(p, square, t, ERROR, 7);
  let q = constant(t, ERROR, 8);
  q = step(q, square, t, ERROR, 9);
  q = step(q, square, t, ERROR, 10);
  q = step(q, square, t, ERROR, 11);
  q = step(q, square, t, ERROR, 12);
  return f32x4.div(f32x4.mul(p, v), q);
}

/** x / (π/2), rounded, for two doubles. */
@inline
function quarters(x: v128): v128 {
  return f64x2.nearest(f64x2.mul(x, f64x2.splat(0.63661977236758134308)));
}

/** What so many quarters of a turn leave of x; π/2 in two parts, of which the first is short enough for a million times it to be exact. */
@inline
function leftOver(x: v128, quarter: v128): v128 {
  const r = f64x2.sub(x, f64x2.mul(quarter, f64x2.splat(1.57079632673412561417)));
  return f64x2.sub(r, f64x2.mul(quarter, f64x2.splat(6.07710050650619224932e-11)));
}

/** The sine of x, or its cosine. */
@inline
export function sine(x: v128, cosine: bool, t: usize): v128 {
  const low = f64x2.promote_low_f32x4(x), high = f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 1));
  const lowQuarter = quarters(low), highQuarter = quarters(high);
  const r = v128.shuffle<f64>(f32x4.demote_f64x2_zero(leftOver(low, lowQuarter)), f32x4.demote_f64x2_zero(leftOver(high, highQuarter)), 0, 2);
  const square = f32x4.mul(r, r);
  let y = constant(t, TURN, 0);
  y = step(y, square, t, TURN, 1);
  y = step(y, square, t, TURN, 2);
  y = multiplyAdd(f32x4.mul(y, square), r, r);
  let other = constant(t, TURN, 3);
  other = step(other, square, t, TURN, 4);
  other = step(other, square, t, TURN, 5);
  other = multiplyAdd(f32x4.mul(other, square), square, f32x4.sub(f32x4.splat(1), f32x4.mul(square, constant(t, TURN, 6))));
  // The cosine is the sine a quarter further on.
  let q = v128.shuffle<f64>(i32x4.trunc_sat_f64x2_s_zero(lowQuarter), i32x4.trunc_sat_f64x2_s_zero(highQuarter), 0, 2);
  if (cosine) q = i32x4.add(q, i32x4.splat(1));
  const odd = i32x4.eq(v128.and(q, i32x4.splat(1)), i32x4.splat(1));
  const sign = i32x4.shl(v128.and(q, i32x4.splat(2)), 30);
  return v128.xor(v128.bitselect(other, y, odd), sign);
}
