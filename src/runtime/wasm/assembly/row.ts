// A row of an element-wise operation on two operands.
import {
  ADD, DIVIDE, DIVIDE_NO_NAN, ELU_GRADIENT, EQUAL, FLOOR_DIVIDE, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, MAXIMUM, MINIMUM, MULTIPLY, NOT_EQUAL, PARAMETRIC_RELU,
  POWER, SQUARED_DIFFERENCE, SUBTRACT,
} from './operations';
import { power } from './power';
import { loadPart, storePart } from './simd';

// The kinds of a row of results.
@inline export const FLOATS = 0;
@inline export const INTEGERS = 1;
@inline export const FLOAT_TESTS = 2;
@inline export const INTEGER_TESTS = 3;

function powers(a: v128, b: v128): v128 {
  let y = f32x4.splat(power(f32x4.extract_lane(a, 0), f32x4.extract_lane(b, 0)));
  y = f32x4.replace_lane(y, 1, power(f32x4.extract_lane(a, 1), f32x4.extract_lane(b, 1)));
  y = f32x4.replace_lane(y, 2, power(f32x4.extract_lane(a, 2), f32x4.extract_lane(b, 2)));
  return f32x4.replace_lane(y, 3, power(f32x4.extract_lane(a, 3), f32x4.extract_lane(b, 3)));
}

/** The whole number at or below a quotient; 0 for a quotient by 0, which WebAssembly would stop at. */
function floorQuotient(a: i32, b: i32): i32 {
  if (b == 0) return 0;
  if (b == -1) return 0 - a;
  const quotient = a / b;
  return quotient - <i32>(a % b != 0 && (a < 0) != (b < 0));
}

function floorQuotients(a: v128, b: v128): v128 {
  let y = i32x4.splat(floorQuotient(i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)));
  y = i32x4.replace_lane(y, 1, floorQuotient(i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)));
  y = i32x4.replace_lane(y, 2, floorQuotient(i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)));
  return i32x4.replace_lane(y, 3, floorQuotient(i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)));
}

@inline
function floats(operation: i32, a: v128, b: v128): v128 {
  const zero = f32x4.splat(0);
  if (operation == ADD) return f32x4.add(a, b);
  if (operation == SUBTRACT) return f32x4.sub(a, b);
  if (operation == MULTIPLY) return f32x4.mul(a, b);
  if (operation == DIVIDE) return f32x4.div(a, b);
  if (operation == MAXIMUM) return f32x4.max(a, b);
  if (operation == MINIMUM) return f32x4.min(a, b);
  if (operation == DIVIDE_NO_NAN) return v128.andnot(f32x4.div(a, b), f32x4.eq(b, zero));
  if (operation == PARAMETRIC_RELU) return v128.bitselect(a, f32x4.mul(a, b), f32x4.gt(a, zero));
  if (operation == ELU_GRADIENT) return v128.bitselect(f32x4.mul(a, f32x4.add(b, f32x4.splat(1))), a, f32x4.lt(b, zero));
  if (operation == FLOOR_DIVIDE) return f32x4.floor(f32x4.div(a, b));
  if (operation == POWER) return powers(a, b);
  const difference = f32x4.sub(a, b);
  return f32x4.mul(difference, difference);
}

@inline
function integers(operation: i32, a: v128, b: v128): v128 {
  if (operation == ADD) return i32x4.add(a, b);
  if (operation == SUBTRACT) return i32x4.sub(a, b);
  if (operation == MULTIPLY) return i32x4.mul(a, b);
  if (operation == MAXIMUM) return i32x4.max_s(a, b);
  if (operation == FLOOR_DIVIDE) return floorQuotients(a, b);
  return i32x4.min_s(a, b);
}

@inline
function floatTests(operation: i32, a: v128, b: v128): v128 {
  if (operation == EQUAL) return f32x4.eq(a, b);
  if (operation == NOT_EQUAL) return f32x4.ne(a, b);
  if (operation == LESS) return f32x4.lt(a, b);
  if (operation == LESS_EQUAL) return f32x4.le(a, b);
  if (operation == GREATER) return f32x4.gt(a, b);
  return f32x4.ge(a, b);
}

@inline
function integerTests(operation: i32, a: v128, b: v128): v128 {
  if (operation == EQUAL) return i32x4.eq(a, b);
  if (operation == NOT_EQUAL) return i32x4.ne(a, b);
  if (operation == LESS) return i32x4.lt_s(a, b);
  if (operation == LESS_EQUAL) return i32x4.le_s(a, b);
  if (operation == GREATER) return i32x4.gt_s(a, b);
  return i32x4.ge_s(a, b);
}

@inline
function apply(kind: i32, operation: i32, a: v128, b: v128): v128 {
  if (kind == FLOATS) return floats(operation, a, b);
  if (kind == INTEGERS) return integers(operation, a, b);
  if (kind == FLOAT_TESTS) return floatTests(operation, a, b);
  return integerTests(operation, a, b);
}

/** Four results: as they are, or masks as four bytes of 0 or 1. */
@inline
function put(kind: i32, y: usize, v: v128): void {
  if (kind == FLOATS || kind == INTEGERS) {
    v128.store(y, v);
  } else {
    const halves = i16x8.narrow_i32x4_s(v, v);
    v128.store32_lane(y, v128.and(i8x16.narrow_i16x8_s(halves, halves), i8x16.splat(1)), 0);
  }
}

@inline
function putPart(kind: i32, y: usize, v: v128, n: i32): void {
  if (kind == FLOATS || kind == INTEGERS) {
    storePart(y, v, n);
  } else {
    store<u8>(y, <u8>(i32x4.extract_lane(v, 0) & 1));
    if (n > 1) store<u8>(y, <u8>(i32x4.extract_lane(v, 1) & 1), 1);
    if (n > 2) store<u8>(y, <u8>(i32x4.extract_lane(v, 2) & 1), 2);
  }
}

/** `operation` on a row of n numbers of each operand, of which one that does not move stays the same throughout. */
@inline
export function row(kind: i32, operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  const step: usize = kind == FLOATS || kind == INTEGERS ? 16 : 4;
  if (aMoves && bMoves) {
    // Two vectors at a time, as most operations are no more than an instruction.
    for (; n >= 8; n -= 8) {
      const v0 = apply(kind, operation, v128.load(a), v128.load(b)), v1 = apply(kind, operation, v128.load(a, 16), v128.load(b, 16));
      put(kind, y, v0);
      put(kind, y + step, v1);
      a += 32;
      b += 32;
      y += step << 1;
    }
    for (; n >= 4; n -= 4) {
      put(kind, y, apply(kind, operation, v128.load(a), v128.load(b)));
      a += 16;
      b += 16;
      y += step;
    }
    if (n > 0) putPart(kind, y, apply(kind, operation, loadPart(a, n), loadPart(b, n)), n);
  } else if (aMoves) {
    const right = v128.load32_splat(b);
    for (; n >= 8; n -= 8) {
      const v0 = apply(kind, operation, v128.load(a), right), v1 = apply(kind, operation, v128.load(a, 16), right);
      put(kind, y, v0);
      put(kind, y + step, v1);
      a += 32;
      y += step << 1;
    }
    for (; n >= 4; n -= 4) {
      put(kind, y, apply(kind, operation, v128.load(a), right));
      a += 16;
      y += step;
    }
    if (n > 0) putPart(kind, y, apply(kind, operation, loadPart(a, n), right), n);
  } else {
    const left = v128.load32_splat(a);
    for (; n >= 4; n -= 4) {
      put(kind, y, apply(kind, operation, left, bMoves ? v128.load(b) : v128.load32_splat(b)));
      b += bMoves ? 16 : 0;
      y += step;
    }
    if (n > 0) putPart(kind, y, apply(kind, operation, left, bMoves ? loadPart(b, n) : v128.load32_splat(b)), n);
  }
}
