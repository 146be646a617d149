// Element-wise operations on two operands, each of which may be repeated along some axes. The result is contiguous; its axes are four
// outer ones and an inner one, along which an operand either goes on by one or stays where it is.
import {
  ADD, DIVIDE, DIVIDE_NO_NAN, ELU_GRADIENT, EQUAL, FLOOR_DIVIDE, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, MAXIMUM, MINIMUM, MULTIPLY, NOT_EQUAL, PARAMETRIC_RELU,
  POWER, SQUARED_DIFFERENCE, SUBTRACT,
} from './operations';
import { power } from './power';
import { loadPart, storePart } from './simd';

// The kinds of a row of results.
@inline const FLOATS = 0;
@inline const INTEGERS = 1;
@inline const FLOAT_TESTS = 2;
@inline const INTEGER_TESTS = 3;

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

@inline
function row(kind: i32, operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
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

// One function for each, as V8's better register allocator does not take functions as large as all of them together.

function sumRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, ADD, a, aMoves, b, bMoves, y, n);
}

function differenceRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, SUBTRACT, a, aMoves, b, bMoves, y, n);
}

function productRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, MULTIPLY, a, aMoves, b, bMoves, y, n);
}

function ratioRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, DIVIDE, a, aMoves, b, bMoves, y, n);
}

function maximumRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, MAXIMUM, a, aMoves, b, bMoves, y, n);
}

function minimumRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, MINIMUM, a, aMoves, b, bMoves, y, n);
}

function squaredDifferenceRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, SQUARED_DIFFERENCE, a, aMoves, b, bMoves, y, n);
}

function ratioOr0Row(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, DIVIDE_NO_NAN, a, aMoves, b, bMoves, y, n);
}

function parametricReluRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, PARAMETRIC_RELU, a, aMoves, b, bMoves, y, n);
}

function eluGradientRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, ELU_GRADIENT, a, aMoves, b, bMoves, y, n);
}

function powerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, POWER, a, aMoves, b, bMoves, y, n);
}

function floorQuotientRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOATS, FLOOR_DIVIDE, a, aMoves, b, bMoves, y, n);
}

function floorQuotientIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGERS, FLOOR_DIVIDE, a, aMoves, b, bMoves, y, n);
}

function sumIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGERS, ADD, a, aMoves, b, bMoves, y, n);
}

function differenceIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGERS, SUBTRACT, a, aMoves, b, bMoves, y, n);
}

function productIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGERS, MULTIPLY, a, aMoves, b, bMoves, y, n);
}

function maximumIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGERS, MAXIMUM, a, aMoves, b, bMoves, y, n);
}

function minimumIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGERS, MINIMUM, a, aMoves, b, bMoves, y, n);
}

function equalRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOAT_TESTS, EQUAL, a, aMoves, b, bMoves, y, n);
}

function notEqualRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOAT_TESTS, NOT_EQUAL, a, aMoves, b, bMoves, y, n);
}

function lessRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOAT_TESTS, LESS, a, aMoves, b, bMoves, y, n);
}

function lessEqualRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOAT_TESTS, LESS_EQUAL, a, aMoves, b, bMoves, y, n);
}

function greaterRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOAT_TESTS, GREATER, a, aMoves, b, bMoves, y, n);
}

function greaterEqualRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(FLOAT_TESTS, GREATER_EQUAL, a, aMoves, b, bMoves, y, n);
}

function equalIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGER_TESTS, EQUAL, a, aMoves, b, bMoves, y, n);
}

function notEqualIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGER_TESTS, NOT_EQUAL, a, aMoves, b, bMoves, y, n);
}

function lessIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGER_TESTS, LESS, a, aMoves, b, bMoves, y, n);
}

function lessEqualIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGER_TESTS, LESS_EQUAL, a, aMoves, b, bMoves, y, n);
}

function greaterIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGER_TESTS, GREATER, a, aMoves, b, bMoves, y, n);
}

function greaterEqualIntegerRow(a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  row(INTEGER_TESTS, GREATER_EQUAL, a, aMoves, b, bMoves, y, n);
}

function floatRow(operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  switch (operation) {
    case ADD: return sumRow(a, aMoves, b, bMoves, y, n);
    case SUBTRACT: return differenceRow(a, aMoves, b, bMoves, y, n);
    case MULTIPLY: return productRow(a, aMoves, b, bMoves, y, n);
    case DIVIDE: return ratioRow(a, aMoves, b, bMoves, y, n);
    case MAXIMUM: return maximumRow(a, aMoves, b, bMoves, y, n);
    case MINIMUM: return minimumRow(a, aMoves, b, bMoves, y, n);
    case SQUARED_DIFFERENCE: return squaredDifferenceRow(a, aMoves, b, bMoves, y, n);
    case DIVIDE_NO_NAN: return ratioOr0Row(a, aMoves, b, bMoves, y, n);
    case PARAMETRIC_RELU: return parametricReluRow(a, aMoves, b, bMoves, y, n);
    case ELU_GRADIENT: return eluGradientRow(a, aMoves, b, bMoves, y, n);
    case POWER: return powerRow(a, aMoves, b, bMoves, y, n);
    case FLOOR_DIVIDE: return floorQuotientRow(a, aMoves, b, bMoves, y, n);
  }
}

function integerRow(operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  switch (operation) {
    case ADD: return sumIntegerRow(a, aMoves, b, bMoves, y, n);
    case SUBTRACT: return differenceIntegerRow(a, aMoves, b, bMoves, y, n);
    case MULTIPLY: return productIntegerRow(a, aMoves, b, bMoves, y, n);
    case MAXIMUM: return maximumIntegerRow(a, aMoves, b, bMoves, y, n);
    case MINIMUM: return minimumIntegerRow(a, aMoves, b, bMoves, y, n);
    case FLOOR_DIVIDE: return floorQuotientIntegerRow(a, aMoves, b, bMoves, y, n);
  }
}

function floatTestRow(operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  switch (operation) {
    case EQUAL: return equalRow(a, aMoves, b, bMoves, y, n);
    case NOT_EQUAL: return notEqualRow(a, aMoves, b, bMoves, y, n);
    case LESS: return lessRow(a, aMoves, b, bMoves, y, n);
    case LESS_EQUAL: return lessEqualRow(a, aMoves, b, bMoves, y, n);
    case GREATER: return greaterRow(a, aMoves, b, bMoves, y, n);
    case GREATER_EQUAL: return greaterEqualRow(a, aMoves, b, bMoves, y, n);
  }
}

function integerTestRow(operation: i32, a: usize, aMoves: i32, b: usize, bMoves: i32, y: usize, n: i32): void {
  switch (operation) {
    case EQUAL: return equalIntegerRow(a, aMoves, b, bMoves, y, n);
    case NOT_EQUAL: return notEqualIntegerRow(a, aMoves, b, bMoves, y, n);
    case LESS: return lessIntegerRow(a, aMoves, b, bMoves, y, n);
    case LESS_EQUAL: return lessEqualIntegerRow(a, aMoves, b, bMoves, y, n);
    case GREATER: return greaterIntegerRow(a, aMoves, b, bMoves, y, n);
    case GREATER_EQUAL: return greaterEqualIntegerRow(a, aMoves, b, bMoves, y, n);
  }
}

/** Calls a kind of row for all rows; `a0`… and `b0`…: how far an operand moves along each outer axis. */
@inline
function rows(
  kind: i32, operation: i32, a: usize, b: usize, y: usize, n0: i32, n1: i32, n2: i32, n3: i32, n: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, aMoves: i32, b0: i32, b1: i32, b2: i32, b3: i32, bMoves: i32,
): void {
  const bytes = (<usize>n) << (kind == FLOATS || kind == INTEGERS ? 2 : 0);
  for (let i0 = 0; i0 < n0; i0++) {
    for (let i1 = 0; i1 < n1; i1++) {
      for (let i2 = 0; i2 < n2; i2++) {
        let p = a + (<usize>(i0 * a0 + i1 * a1 + i2 * a2) << 2), q = b + (<usize>(i0 * b0 + i1 * b1 + i2 * b2) << 2);
        for (let i3 = 0; i3 < n3; i3++) {
          if (kind == FLOATS) floatRow(operation, p, aMoves, q, bMoves, y, n);
          else if (kind == INTEGERS) integerRow(operation, p, aMoves, q, bMoves, y, n);
          else if (kind == FLOAT_TESTS) floatTestRow(operation, p, aMoves, q, bMoves, y, n);
          else integerTestRow(operation, p, aMoves, q, bMoves, y, n);
          p += <usize>a3 << 2;
          q += <usize>b3 << 2;
          y += bytes;
        }
      }
    }
  }
}

/** y = operation(a, b) on floats. y is [n0, n1, n2, n3, n]; a0 to a3 are the operand's strides, aMoves 1 or 0. `operation`: operations.ts. */
export function binary(
  operation: i32, a: usize, b: usize, y: usize, n0: i32, n1: i32, n2: i32, n3: i32, n: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, aMoves: i32, b0: i32, b1: i32, b2: i32, b3: i32, bMoves: i32,
): void {
  rows(FLOATS, operation, a, b, y, n0, n1, n2, n3, n, a0, a1, a2, a3, aMoves, b0, b1, b2, b3, bMoves);
}

/** The same on int32: sums, differences, products, maxima, minima. */
export function binaryInteger(
  operation: i32, a: usize, b: usize, y: usize, n0: i32, n1: i32, n2: i32, n3: i32, n: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, aMoves: i32, b0: i32, b1: i32, b2: i32, b3: i32, bMoves: i32,
): void {
  rows(INTEGERS, operation, a, b, y, n0, n1, n2, n3, n, a0, a1, a2, a3, aMoves, b0, b1, b2, b3, bMoves);
}

/** The same for comparisons of floats; y holds bytes of 0 or 1. */
export function compare(
  operation: i32, a: usize, b: usize, y: usize, n0: i32, n1: i32, n2: i32, n3: i32, n: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, aMoves: i32, b0: i32, b1: i32, b2: i32, b3: i32, bMoves: i32,
): void {
  rows(FLOAT_TESTS, operation, a, b, y, n0, n1, n2, n3, n, a0, a1, a2, a3, aMoves, b0, b1, b2, b3, bMoves);
}

/** The same for comparisons of int32. */
export function compareInteger(
  operation: i32, a: usize, b: usize, y: usize, n0: i32, n1: i32, n2: i32, n3: i32, n: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, aMoves: i32, b0: i32, b1: i32, b2: i32, b3: i32, bMoves: i32,
): void {
  rows(INTEGER_TESTS, operation, a, b, y, n0, n1, n2, n3, n, a0, a1, a2, a3, aMoves, b0, b1, b2, b3, bMoves);
}
