// Element-wise operations on floats: y[i] of x[i], where y may be x. One function for each, as V8's better register allocator does not take
// functions as large as all of them together.
import { errorFunction, exponential, exponentialMinus1, hyperbolicTangent, logarithm, logarithmOf1Plus, logistic, sine, softplus } from './elementary';
import { loadPart, storePart } from './simd';
import { tableAddress } from './table';

@inline const ABSOLUTE = 0;
@inline const NEGATIVE = 1;
@inline const SQUARE = 2;
@inline const SQUARE_ROOT = 3;
@inline const RECIPROCAL_ROOT = 4;
@inline const RECIPROCAL = 5;
@inline const FLOOR = 6;
@inline const CEILING = 7;
@inline const ROUND = 8;
@inline const SIGN = 9;
@inline const STEP = 10;
@inline const CLIP = 11;
@inline const LEAKY_RELU = 12;
@inline const ELU = 13;
@inline const EXPONENTIAL = 14;
@inline const EXPONENTIAL_MINUS_1 = 15;
@inline const LOGARITHM = 16;
@inline const LOGARITHM_OF_1_PLUS = 17;
@inline const LOGISTIC = 18;
@inline const HYPERBOLIC_TANGENT = 19;
@inline const SOFTPLUS = 20;
@inline const ERROR_FUNCTION = 21;
@inline const SINE = 22;
@inline const COSINE = 23;

@inline
function above0(v: v128): v128 {
  return f32x4.gt(v, f32x4.splat(0));
}

/** `value` where x is a number, else x itself. */
@inline
function orNaN(x: v128, value: v128): v128 {
  return v128.bitselect(value, x, f32x4.eq(x, x));
}

/** `operation` is a constant wherever this is inlined, so that one branch remains. */
@inline
function apply(operation: i32, x: v128, alpha: v128, beta: v128, t: usize): v128 {
  if (operation == ABSOLUTE) return f32x4.abs(x);
  if (operation == NEGATIVE) return f32x4.neg(x);
  if (operation == SQUARE) return f32x4.mul(x, x);
  if (operation == SQUARE_ROOT) return f32x4.sqrt(x);
  if (operation == RECIPROCAL_ROOT) return f32x4.div(f32x4.splat(1), f32x4.sqrt(x));
  if (operation == RECIPROCAL) return f32x4.div(f32x4.splat(1), x);
  if (operation == FLOOR) return f32x4.floor(x);
  if (operation == CEILING) return f32x4.ceil(x);
  if (operation == ROUND) return f32x4.nearest(x);
  if (operation == SIGN) return orNaN(x, f32x4.sub(v128.and(f32x4.splat(1), above0(x)), v128.and(f32x4.splat(1), f32x4.lt(x, f32x4.splat(0)))));
  if (operation == STEP) return orNaN(x, v128.bitselect(f32x4.splat(1), alpha, above0(x)));
  if (operation == CLIP) return f32x4.pmin(f32x4.pmax(x, alpha), beta);
  if (operation == LEAKY_RELU) return v128.bitselect(x, f32x4.mul(alpha, x), above0(x));
  if (operation == ELU) return f32x4.mul(beta, v128.bitselect(x, f32x4.mul(alpha, exponentialMinus1(x, t)), above0(x)));
  if (operation == EXPONENTIAL) return exponential(x, t);
  if (operation == EXPONENTIAL_MINUS_1) return exponentialMinus1(x, t);
  if (operation == LOGARITHM) return logarithm(x, t);
  if (operation == LOGARITHM_OF_1_PLUS) return logarithmOf1Plus(x, t);
  if (operation == LOGISTIC) return logistic(x, t);
  if (operation == HYPERBOLIC_TANGENT) return hyperbolicTangent(x, t);
  if (operation == SOFTPLUS) return softplus(x, t);
  if (operation == SINE) return sine(x, false, t);
  if (operation == COSINE) return sine(x, true, t);
  return errorFunction(x, t);
}

@inline
function each(operation: i32, x: usize, y: usize, n: i32, first: f32 = 0, second: f32 = 0): void {
  const alpha = f32x4.splat(first), beta = f32x4.splat(second), t = tableAddress();
  // Two vectors at a time: their instructions do not wait for each other's results.
  for (; n >= 8; n -= 8) {
    const v0 = apply(operation, v128.load(x), alpha, beta, t), v1 = apply(operation, v128.load(x, 16), alpha, beta, t);
    v128.store(y, v0);
    v128.store(y, v1, 16);
    x += 32;
    y += 32;
  }
  if (n >= 4) {
    v128.store(y, apply(operation, v128.load(x), alpha, beta, t));
    x += 16;
    y += 16;
    n -= 4;
  }
  if (n > 0) storePart(y, apply(operation, loadPart(x, n), alpha, beta, t), n);
}

/** |x|. */
export function absolute(x: usize, y: usize, n: i32): void {
  each(ABSOLUTE, x, y, n);
}

/** -x. */
export function negative(x: usize, y: usize, n: i32): void {
  each(NEGATIVE, x, y, n);
}

/** x². */
export function square(x: usize, y: usize, n: i32): void {
  each(SQUARE, x, y, n);
}

/** √x. */
export function squareRoot(x: usize, y: usize, n: i32): void {
  each(SQUARE_ROOT, x, y, n);
}

/** 1 / √x. */
export function reciprocalRoot(x: usize, y: usize, n: i32): void {
  each(RECIPROCAL_ROOT, x, y, n);
}

/** 1 / x. */
export function reciprocal(x: usize, y: usize, n: i32): void {
  each(RECIPROCAL, x, y, n);
}

/** The integer not above x. */
export function floor(x: usize, y: usize, n: i32): void {
  each(FLOOR, x, y, n);
}

/** The integer not below x. */
export function ceiling(x: usize, y: usize, n: i32): void {
  each(CEILING, x, y, n);
}

/** The integer nearest to x, of two the even one. */
export function round(x: usize, y: usize, n: i32): void {
  each(ROUND, x, y, n);
}

/** -1, 0 or 1. */
export function sign(x: usize, y: usize, n: i32): void {
  each(SIGN, x, y, n);
}

/** 1 above 0, `otherwise` elsewhere. */
export function step(x: usize, y: usize, n: i32, otherwise: f32): void {
  each(STEP, x, y, n, otherwise);
}

/** x within bounds. */
export function clip(x: usize, y: usize, n: i32, low: f32, high: f32): void {
  each(CLIP, x, y, n, low, high);
}

/** x above 0, slope · x elsewhere. */
export function leakyRelu(x: usize, y: usize, n: i32, slope: f32): void {
  each(LEAKY_RELU, x, y, n, slope);
}

/** scale · (x above 0, alpha · (eˣ - 1) elsewhere). */
export function elu(x: usize, y: usize, n: i32, alpha: f32, scale: f32): void {
  each(ELU, x, y, n, alpha, scale);
}

/** eˣ. */
export function exp(x: usize, y: usize, n: i32): void {
  each(EXPONENTIAL, x, y, n);
}

/** eˣ - 1. */
export function expMinus1(x: usize, y: usize, n: i32): void {
  each(EXPONENTIAL_MINUS_1, x, y, n);
}

/** ln x. */
export function log(x: usize, y: usize, n: i32): void {
  each(LOGARITHM, x, y, n);
}

/** ln (1 + x). */
export function log1Plus(x: usize, y: usize, n: i32): void {
  each(LOGARITHM_OF_1_PLUS, x, y, n);
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: usize, y: usize, n: i32): void {
  each(LOGISTIC, x, y, n);
}

/** tanh x. */
export function tanh(x: usize, y: usize, n: i32): void {
  each(HYPERBOLIC_TANGENT, x, y, n);
}

/** ln (1 + eˣ). */
export function logOf1PlusExp(x: usize, y: usize, n: i32): void {
  each(SOFTPLUS, x, y, n);
}

/** The error function. */
export function erf(x: usize, y: usize, n: i32): void {
  each(ERROR_FUNCTION, x, y, n);
}

/** The sine; of numbers beyond a million, less exactly. */
export function sin(x: usize, y: usize, n: i32): void {
  each(SINE, x, y, n);
}

/** The cosine; of numbers beyond a million, less exactly. */
export function cos(x: usize, y: usize, n: i32): void {
  each(COSINE, x, y, n);
}
