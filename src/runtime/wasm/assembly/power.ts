// Powers of floats, computed in double precision, so that the result is the right float or the one beside it.

const LN2: f64 = 0.6931471805599453;

/** The natural logarithm of a positive finite number: x = m · 2ⁿ with m around 1, and 2 artanh((m − 1) / (m + 1)) by its series. */
function naturalLogarithm(x: f64): f64 {
  let n: f64 = 0;
  let bits = reinterpret<i64>(x);
  if ((bits >> 52) == 0) {
    // Too small to be normal: floats as doubles never are, but a double may.
    bits = reinterpret<i64>(x * 18014398509481984.0);
    n = -54;
  }
  n += <f64>((bits >> 52) - 1023);
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    n += 1;
  }
  const s = (m - 1) / (m + 1), t = s * s;
  const series = 1 + t * (1.0 / 3 + t * (1.0 / 5 + t * (1.0 / 7 + t * (1.0 / 9 + t * (1.0 / 11 + t * (1.0 / 13 + t * (1.0 / 15 + t / 17)))))));
  return n * LN2 + 2 * s * series;
}

/** eˣ: x = n ln 2 + r, and eʳ by its series. */
function exponential(x: f64): f64 {
  if (x > 700) return Infinity;
  if (x < -700) return 0;
  const n = nearest(x / LN2), r = x - n * LN2;
  const series = 1 + r * (1 + r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720 + r * (1.0 / 5040 + r * (1.0 / 40320 + r * (1.0 / 362880 + r / 3628800)))))))));
  return series * reinterpret<f64>((<i64>n + 1023) << 52);
}

/** aᵇ as IEEE 754 has it: a negative base takes whole exponents only. */
export function power(a: f32, b: f32): f32 {
  if (b == 0 || a == 1) return 1;
  if (a != a || b != b) return NaN;
  const magnitude: f32 = abs(a);
  const whole = trunc(b) == b;
  const odd = whole && abs(b) < 16777216 && (<i32>b & 1) != 0;
  let result: f64;
  if (magnitude == 1) result = 1;
  else if (magnitude == 0) result = b > 0 ? 0 : Infinity;
  else if (magnitude == Infinity) result = b > 0 ? Infinity : 0;
  else if (abs(b) == Infinity) return (magnitude > 1) == (b > 0) ? Infinity : 0;
  else result = exponential(<f64>b * naturalLogarithm(<f64>magnitude));
  if (a < 0 || (a == 0 && 1 / a < 0)) {
    if (!whole && magnitude != 0 && magnitude != Infinity && abs(b) != Infinity) return NaN;
    if (odd) result = -result;
  }
  return <f32>result;
}
