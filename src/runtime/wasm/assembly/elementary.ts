// Elementary functions on four floats, to about two units in the last place. Polynomials: Cephes, single precision (S. L. Moshier);
// the hyperbolic tangent is Eigen's rational approximation.
import { multiplyAdd } from './simd';

/** c · x + d, spelt for Horner's scheme. */
@inline
function horner(c: v128, x: v128, d: f32): v128 {
  return multiplyAdd(c, x, f32x4.splat(d));
}

/** 2ⁿ for integers n from -126 to 127. */
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** eˣ. */
@inline
export function exponential(x: v128): v128 {
  // Beyond these bounds the result is 0 or infinite whatever x is. A NaN passes both.
  const bounded = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-104)), f32x4.splat(89));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.44269504088896341)));
  let r = f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
  let y = f32x4.splat(1.9875691500e-4);
  y = horner(y, r, 1.3981999507e-3);
  y = horner(y, r, 8.3334519073e-3);
  y = horner(y, r, 4.1665795894e-2);
  y = horner(y, r, 1.6666665459e-1);
  y = horner(y, r, 5.0000001201e-1);
  y = f32x4.add(multiplyAdd(y, f32x4.mul(r, r), r), f32x4.splat(1));
  // In two steps, as 2ⁿ itself may be out of range.
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(y, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** ln x. */
@inline
export function logarithm(x: v128): v128 {
  const tiny = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, tiny);
  // x = m · 2ᵉ with m in [√½, √2).
  const shifted = i32x4.sub(normal, i32x4.splat(0x3f3504f3));
  let e = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  e = f32x4.sub(e, v128.and(tiny, f32x4.splat(23)));
  const m = f32x4.sub(i32x4.add(v128.and(shifted, i32x4.splat(0x7fffff)), i32x4.splat(0x3f3504f3)), f32x4.splat(1));
  const square = f32x4.mul(m, m);
  let y = f32x4.splat(7.0376836292e-2);
  y = horner(y, m, -1.1514610310e-1);
  y = horner(y, m, 1.1676998740e-1);
  y = horner(y, m, -1.2420140846e-1);
  y = horner(y, m, 1.4249322787e-1);
  y = horner(y, m, -1.6668057665e-1);
  y = horner(y, m, 2.0000714765e-1);
  y = horner(y, m, -2.4999993993e-1);
  y = horner(y, m, 3.3333331174e-1);
  y = f32x4.mul(y, f32x4.mul(m, square));
  y = multiplyAdd(e, f32x4.splat(-2.12194440e-4), y);
  y = multiplyAdd(square, f32x4.splat(-0.5), y);
  y = multiplyAdd(e, f32x4.splat(0.693359375), f32x4.add(m, y));
  // ln ∞ = ∞, ln 0 = -∞, and NaN for NaN and below 0.
  y = v128.bitselect(x, y, f32x4.eq(x, f32x4.splat(Infinity)));
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(x, f32x4.splat(0)));
  return v128.bitselect(y, f32x4.splat(NaN), f32x4.ge(x, f32x4.splat(0)));
}

/** The sine of x in [0, 2π], or its cosine. */
@inline
export function sineOfTurn(x: v128, cosine: bool): v128 {
  // x = q · π/2 + r; the parts of π/2 are short enough for q times them to be exact.
  const quarter = f32x4.nearest(f32x4.mul(x, f32x4.splat(0.63661977236758134)));
  let r = f32x4.sub(x, f32x4.mul(quarter, f32x4.splat(1.5703125)));
  r = f32x4.sub(r, f32x4.mul(quarter, f32x4.splat(4.837512969970703125e-4)));
  r = f32x4.sub(r, f32x4.mul(quarter, f32x4.splat(7.549789948768648e-8)));
  const square = f32x4.mul(r, r);
  let sine = f32x4.splat(-1.9515295891e-4);
  sine = horner(sine, square, 8.3321608736e-3);
  sine = horner(sine, square, -1.6666654611e-1);
  sine = multiplyAdd(f32x4.mul(sine, square), r, r);
  let cosinus = f32x4.splat(2.443315711809948e-5);
  cosinus = horner(cosinus, square, -1.388731625493765e-3);
  cosinus = horner(cosinus, square, 4.166664568298827e-2);
  cosinus = multiplyAdd(f32x4.mul(cosinus, square), square, f32x4.sub(f32x4.splat(1), f32x4.mul(square, f32x4.splat(0.5))));
  // The cosine is the sine a quarter further on.
  let q = i32x4.trunc_sat_f32x4_s(quarter);
  if (cosine) q = i32x4.add(q, i32x4.splat(1));
  const odd = i32x4.eq(v128.and(q, i32x4.splat(1)), i32x4.splat(1));
  const sign = i32x4.shl(v128.and(q, i32x4.splat(2)), 30);
  return v128.xor(v128.bitselect(cosinus, sine, odd), sign);
}

/** tanh x. */
@inline
export function hyperbolicTangent(x: v128): v128 {
  const bound = f32x4.splat(7.90531110763549805);
  const v = f32x4.pmin(f32x4.pmax(x, f32x4.neg(bound)), bound);
  const square = f32x4.mul(v, v);
  let p = f32x4.splat(-2.76076847742355e-16);
  p = horner(p, square, 2.00018790482477e-13);
  p = horner(p, square, -8.60467152213735e-11);
  p = horner(p, square, 5.12229709037114e-08);
  p = horner(p, square, 1.48572235717979e-05);
  p = horner(p, square, 6.37261928875436e-04);
  p = horner(p, square, 4.89352455891786e-03);
  let q = f32x4.splat(1.19825839466702e-06);
  q = horner(q, square, 1.18534705686654e-04);
  q = horner(q, square, 2.26843463243900e-03);
  q = horner(q, square, 4.89352518554385e-03);
  return f32x4.div(f32x4.mul(p, v), q);
}

/** 1 / (1 + e⁻ˣ). */
@inline
export function logistic(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exponential(f32x4.neg(x))));
}

/** eˣ - 1, without losing digits near 0 (W. Kahan). */
@inline
export function exponentialMinus1(x: v128): v128 {
  const one = f32x4.splat(1);
  const u = exponential(x);
  const difference = f32x4.sub(u, one);
  const y = f32x4.div(f32x4.mul(difference, x), logarithm(u));
  // Where eˣ rounds to 1 the result is x; where it is nothing beside 1, or far above it, the difference will do.
  const far = v128.or(f32x4.lt(x, f32x4.splat(-15)), f32x4.gt(x, f32x4.splat(15)));
  return v128.bitselect(x, v128.bitselect(difference, y, far), f32x4.eq(difference, f32x4.splat(0)));
}

/** ln (1 + x), without losing digits near 0 (W. Kahan). */
@inline
export function logarithmOf1Plus(x: v128): v128 {
  const u = f32x4.add(f32x4.splat(1), x);
  const difference = f32x4.sub(u, f32x4.splat(1));
  const y = f32x4.div(f32x4.mul(logarithm(u), x), difference);
  return v128.bitselect(x, y, v128.or(f32x4.eq(difference, f32x4.splat(0)), f32x4.eq(x, f32x4.splat(Infinity))));
}

/** ln (1 + eˣ). */
@inline
export function softplus(x: v128): v128 {
  return f32x4.add(f32x4.max(x, f32x4.splat(0)), logarithmOf1Plus(exponential(f32x4.neg(f32x4.abs(x)))));
}

/** The error function (Eigen's rational approximation). */
@inline
export function errorFunction(x: v128): v128 {
  const v = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-4)), f32x4.splat(4));
  const square = f32x4.mul(v, v);
  let p = f32x4.splat(-2.72614225801306e-10);
  p = horner(p, square, 2.77068142495902e-08);
  p = horner(p, square, -2.10102402082508e-06);
  p = horner(p, square, -5.69250639462346e-05);
  p = horner(p, square, -7.34990630326855e-04);
  p = horner(p, square, -2.95459980854025e-03);
  p = horner(p, square, -1.60960333262415e-02);
  let q = f32x4.splat(-1.45660718464996e-05);
  q = horner(q, square, -2.13374055278905e-04);
  q = horner(q, square, -1.68282697438203e-03);
  q = horner(q, square, -7.37332916720468e-03);
  q = horner(q, square, -1.42647390514189e-02);
  return f32x4.div(f32x4.mul(p, v), q);
}
