// Reductions over the middle axis of [outer, n, inner].
import { LARGEST, PRODUCT, SMALLEST, SUM } from './operations';
import { at, loadPart, storePart, sumOfLanes } from './simd';

@inline
function neutral(operation: i32): f32 {
  if (operation == SUM) return 0;
  if (operation == PRODUCT) return 1;
  return operation == LARGEST ? -Infinity : Infinity;
}

@inline
function combine(operation: i32, a: v128, b: v128): v128 {
  if (operation == SUM) return f32x4.add(a, b);
  if (operation == PRODUCT) return f32x4.mul(a, b);
  return operation == LARGEST ? f32x4.max(a, b) : f32x4.min(a, b);
}

@inline
function combineOne(operation: i32, a: f32, b: f32): f32 {
  if (operation == SUM) return a + b;
  if (operation == PRODUCT) return a * b;
  return operation == LARGEST ? max(a, b) : min(a, b);
}

@inline
function ofLanes(operation: i32, v: v128): f32 {
  if (operation == SUM) return sumOfLanes(v);
  const low = combineOne(operation, f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1));
  return combineOne(operation, low, combineOne(operation, f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)));
}

/** How many numbers are combined straight before, of a sum, the result is added to a total in double precision: long sums would lose digits. */
@inline const BLOCK = 2048;

/** Up to BLOCK numbers in a row, in sixteen independent parts. */
@inline
function alongBlock(operation: i32, x: usize, n: i32): f32 {
  let a = f32x4.splat(neutral(operation)), b = a, c = a, d = a;
  for (; n >= 16; n -= 16) {
    a = combine(operation, a, v128.load(x));
    b = combine(operation, b, v128.load(x, 16));
    c = combine(operation, c, v128.load(x, 32));
    d = combine(operation, d, v128.load(x, 48));
    x += 64;
  }
  for (; n >= 4; n -= 4) {
    a = combine(operation, a, v128.load(x));
    x += 16;
  }
  let result = ofLanes(operation, combine(operation, combine(operation, a, b), combine(operation, c, d)));
  for (; n > 0; n--) {
    result = combineOne(operation, result, load<f32>(x));
    x += 4;
  }
  return result;
}

@inline
function along(operation: i32, x: usize, n: i32): f32 {
  if (n <= BLOCK) return alongBlock(operation, x, n);
  let sum: f64 = 0;
  let result = neutral(operation);
  for (; n > 0; n -= BLOCK) {
    const part = alongBlock(operation, x, min(n, BLOCK));
    if (operation == SUM) sum += part;
    else result = combineOne(operation, result, part);
    x += BLOCK << 2;
  }
  return operation == SUM ? <f32>sum : result;
}

/** Rows of a block of columns. */
@inline const ROWS = 256;

/** n rows (up to ROWS) of up to four columns; of fewer, whole vectors are read, and what is too much of them is left unused. */
@inline
function acrossBlock(operation: i32, x: usize, n: i32, step: usize): v128 {
  let v = f32x4.splat(neutral(operation)), w = v;
  for (; n > 1; n -= 2) {
    v = combine(operation, v, v128.load(x));
    w = combine(operation, w, v128.load(x + step));
    x += step << 1;
  }
  if (n) v = combine(operation, v, v128.load(x));
  return combine(operation, v, w);
}

/** n rows of up to four columns, times `factor`, to y. */
@inline
function across(operation: i32, x: usize, y: usize, n: i32, step: usize, columns: i32, factor: v128): void {
  let result = f32x4.splat(neutral(operation));
  let low = f64x2.splat(0), high = low;
  if (n <= ROWS) {
    result = acrossBlock(operation, x, n, step);
  } else {
    for (; n > 0; n -= ROWS) {
      const part = acrossBlock(operation, x, min(n, ROWS), step);
      if (operation == SUM) {
        low = f64x2.add(low, f64x2.promote_low_f32x4(part));
        high = f64x2.add(high, upper(part));
      } else {
        result = combine(operation, result, part);
      }
      x += ROWS * step;
    }
    if (operation == SUM) result = v128.shuffle<f64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
  }
  result = f32x4.mul(result, factor);
  if (columns >= 4) v128.store(y, result);
  else storePart(y, result, columns);
}

// What sixteen columns sum up to so far, in double precision.
let total0 = f64x2.splat(0), total1 = f64x2.splat(0), total2 = f64x2.splat(0), total3 = f64x2.splat(0);
let total4 = f64x2.splat(0), total5 = f64x2.splat(0), total6 = f64x2.splat(0), total7 = f64x2.splat(0);

@inline
function upper(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(v, v, 1, 1));
}

/** n rows of sixteen columns, so that a line of the cache is read once. */
@inline
function acrossSixteen(operation: i32, x: usize, y: usize, n: i32, step: usize, factor: v128): void {
  const isLong = operation == SUM && n > ROWS;
  if (isLong) total0 = total1 = total2 = total3 = total4 = total5 = total6 = total7 = f64x2.splat(0);
  let a = f32x4.splat(neutral(operation)), b = a, c = a, d = a;
  while (n > 0) {
    let rows = isLong ? min(n, ROWS) : n;
    n -= rows;
    for (; rows > 0; rows--) {
      a = combine(operation, a, v128.load(x));
      b = combine(operation, b, v128.load(x, 16));
      c = combine(operation, c, v128.load(x, 32));
      d = combine(operation, d, v128.load(x, 48));
      x += step;
    }
    if (isLong) {
      total0 = f64x2.add(total0, f64x2.promote_low_f32x4(a));
      total1 = f64x2.add(total1, upper(a));
      total2 = f64x2.add(total2, f64x2.promote_low_f32x4(b));
      total3 = f64x2.add(total3, upper(b));
      total4 = f64x2.add(total4, f64x2.promote_low_f32x4(c));
      total5 = f64x2.add(total5, upper(c));
      total6 = f64x2.add(total6, f64x2.promote_low_f32x4(d));
      total7 = f64x2.add(total7, upper(d));
      a = b = c = d = f32x4.splat(0);
    }
  }
  if (isLong) {
    a = v128.shuffle<f64>(f32x4.demote_f64x2_zero(total0), f32x4.demote_f64x2_zero(total1), 0, 2);
    b = v128.shuffle<f64>(f32x4.demote_f64x2_zero(total2), f32x4.demote_f64x2_zero(total3), 0, 2);
    c = v128.shuffle<f64>(f32x4.demote_f64x2_zero(total4), f32x4.demote_f64x2_zero(total5), 0, 2);
    d = v128.shuffle<f64>(f32x4.demote_f64x2_zero(total6), f32x4.demote_f64x2_zero(total7), 0, 2);
  }
  v128.store(y, f32x4.mul(a, factor));
  v128.store(y, f32x4.mul(b, factor), 16);
  v128.store(y, f32x4.mul(c, factor), 32);
  v128.store(y, f32x4.mul(d, factor), 48);
}

@inline
function each(operation: i32, x: usize, y: usize, outer: i32, n: i32, inner: i32, scale: f32): void {
  const factor = f32x4.splat(scale), step = (<usize>inner) << 2;
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      store<f32>(at(y, o), along(operation, x, n) * scale);
    } else {
      let column = 0;
      const to = y + <usize>o * step;
      for (; column + 16 <= inner; column += 16) acrossSixteen(operation, at(x, column), at(to, column), n, step, factor);
      for (; column < inner; column += 4) across(operation, at(x, column), at(to, column), n, step, inner - column, factor);
    }
    x += <usize>n * step;
  }
}

/** y[outer, inner] = scale · the sum (product, maximum, minimum: operations.ts) of x[outer, n, inner] over its middle axis. */
export function reduce(operation: i32, x: usize, y: usize, outer: i32, n: i32, inner: i32, scale: f32): void {
  switch (operation) {
    case SUM: return each(SUM, x, y, outer, n, inner, scale);
    case PRODUCT: return each(PRODUCT, x, y, outer, n, inner, scale);
    case LARGEST: return each(LARGEST, x, y, outer, n, inner, scale);
    case SMALLEST: return each(SMALLEST, x, y, outer, n, inner, scale);
  }
}

/** y[outer, inner] (int32): where along its middle axis x[outer, n, inner] has its first maximum, or minimum. */
export function extremePlace(x: usize, y: usize, outer: i32, n: i32, inner: i32, smallest: bool): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let p = at(x, o * n * inner + i);
      let best = load<f32>(p), place = 0;
      for (let k = 1; k < n; k++) {
        p += (<usize>inner) << 2;
        const v = load<f32>(p);
        if (smallest ? v < best : v > best) {
          best = v;
          place = k;
        }
      }
      store<i32>(at(y, o * inner + i), place);
    }
  }
}
