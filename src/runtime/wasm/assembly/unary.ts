import { errorFunction, exponential, exponentialMinus1, hyperbolicTangent, logarithm, logarithmOf1Plus, logistic, softplus } from './elementary';
import {
  ABSOLUTE, CEILING, CLIP, ELU, ERROR_FUNCTION, EXPONENTIAL, EXPONENTIAL_MINUS_1, FLOOR, HYPERBOLIC_TANGENT, LEAKY_RELU, LOGARITHM, LOGARITHM_OF_1_PLUS,
  LOGISTIC, NEGATIVE, RECIPROCAL, RECIPROCAL_ROOT, ROUND, SIGN, SOFTPLUS, SQUARE, SQUARE_ROOT, STEP,
} from './operations';
import { loadPart, storePart } from './simd';

@inline
function above0(v: v128): v128 {
  return f32x4.gt(v, f32x4.splat(0));
}

/** `value` where x is a number, else x itself. */
@inline
function orNaN(x: v128, value: v128): v128 {
  return v128.bitselect(value, x, f32x4.eq(x, x));
}

/** The operation on four numbers; `operation` is a constant wherever this is inlined, so that one branch remains. */
@inline
function apply(operation: i32, x: v128, alpha: v128, beta: v128): v128 {
  const one = f32x4.splat(1), zero = f32x4.splat(0);
  if (operation == ABSOLUTE) return f32x4.abs(x);
  if (operation == NEGATIVE) return f32x4.neg(x);
  if (operation == SQUARE) return f32x4.mul(x, x);
  if (operation == SQUARE_ROOT) return f32x4.sqrt(x);
  if (operation == RECIPROCAL_ROOT) return f32x4.div(one, f32x4.sqrt(x));
  if (operation == RECIPROCAL) return f32x4.div(one, x);
  if (operation == FLOOR) return f32x4.floor(x);
  if (operation == CEILING) return f32x4.ceil(x);
  if (operation == ROUND) return f32x4.nearest(x);
  if (operation == SIGN) return orNaN(x, f32x4.sub(v128.and(one, above0(x)), v128.and(one, f32x4.lt(x, zero))));
  if (operation == STEP) return orNaN(x, v128.bitselect(one, alpha, above0(x)));
  if (operation == CLIP) return f32x4.pmin(f32x4.pmax(x, alpha), beta);
  if (operation == LEAKY_RELU) return v128.bitselect(x, f32x4.mul(alpha, x), above0(x));
  if (operation == ELU) return f32x4.mul(beta, v128.bitselect(x, f32x4.mul(alpha, exponentialMinus1(x)), above0(x)));
  if (operation == EXPONENTIAL) return exponential(x);
  if (operation == EXPONENTIAL_MINUS_1) return exponentialMinus1(x);
  if (operation == LOGARITHM) return logarithm(x);
  if (operation == LOGARITHM_OF_1_PLUS) return logarithmOf1Plus(x);
  if (operation == LOGISTIC) return logistic(x);
  if (operation == HYPERBOLIC_TANGENT) return hyperbolicTangent(x);
  if (operation == SOFTPLUS) return softplus(x);
  return errorFunction(x);
}

@inline
function each(operation: i32, x: usize, y: usize, n: i32, first: f32, second: f32): void {
  const alpha = f32x4.splat(first), beta = f32x4.splat(second);
  for (; n >= 4; n -= 4) {
    v128.store(y, apply(operation, v128.load(x), alpha, beta));
    x += 16;
    y += 16;
  }
  if (n > 0) storePart(y, apply(operation, loadPart(x, n), alpha, beta), n);
}

/** y[i] = operation(x[i]) for n floats; y may be x. `operation`, and what alpha and beta are: operations.ts. */
export function unary(operation: i32, x: usize, y: usize, n: i32, alpha: f32, beta: f32): void {
  switch (operation) {
    case ABSOLUTE: return each(ABSOLUTE, x, y, n, alpha, beta);
    case NEGATIVE: return each(NEGATIVE, x, y, n, alpha, beta);
    case SQUARE: return each(SQUARE, x, y, n, alpha, beta);
    case SQUARE_ROOT: return each(SQUARE_ROOT, x, y, n, alpha, beta);
    case RECIPROCAL_ROOT: return each(RECIPROCAL_ROOT, x, y, n, alpha, beta);
    case RECIPROCAL: return each(RECIPROCAL, x, y, n, alpha, beta);
    case FLOOR: return each(FLOOR, x, y, n, alpha, beta);
    case CEILING: return each(CEILING, x, y, n, alpha, beta);
    case ROUND: return each(ROUND, x, y, n, alpha, beta);
    case SIGN: return each(SIGN, x, y, n, alpha, beta);
    case STEP: return each(STEP, x, y, n, alpha, beta);
    case CLIP: return each(CLIP, x, y, n, alpha, beta);
    case LEAKY_RELU: return each(LEAKY_RELU, x, y, n, alpha, beta);
    case ELU: return each(ELU, x, y, n, alpha, beta);
    case EXPONENTIAL: return each(EXPONENTIAL, x, y, n, alpha, beta);
    case EXPONENTIAL_MINUS_1: return each(EXPONENTIAL_MINUS_1, x, y, n, alpha, beta);
    case LOGARITHM: return each(LOGARITHM, x, y, n, alpha, beta);
    case LOGARITHM_OF_1_PLUS: return each(LOGARITHM_OF_1_PLUS, x, y, n, alpha, beta);
    case LOGISTIC: return each(LOGISTIC, x, y, n, alpha, beta);
    case HYPERBOLIC_TANGENT: return each(HYPERBOLIC_TANGENT, x, y, n, alpha, beta);
    case SOFTPLUS: return each(SOFTPLUS, x, y, n, alpha, beta);
    case ERROR_FUNCTION: return each(ERROR_FUNCTION, x, y, n, alpha, beta);
  }
}
