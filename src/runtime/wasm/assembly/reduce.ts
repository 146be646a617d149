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

/** A run of numbers. Sixteen partial results keep the additions independent, and the error of a long sum small. */
@inline
function along(operation: i32, x: usize, n: i32): f32 {
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

/** Rows that are summed straight before their sum is added to the total, which keeps the error of a long sum small. */
@inline const BLOCK = 128;

/** n rows of which up to four columns are taken. */
@inline
function across(operation: i32, x: usize, n: i32, step: usize, columns: i32): v128 {
  let total = f32x4.splat(neutral(operation));
  for (let from = 0; from < n; from += BLOCK) {
    let part = f32x4.splat(neutral(operation));
    const end = min(n, from + BLOCK);
    for (let i = from; i < end; i++) {
      part = combine(operation, part, columns >= 4 ? v128.load(x) : loadPart(x, columns));
      x += step;
    }
    total = combine(operation, total, part);
  }
  return total;
}

/** n rows, sixteen columns of them at a time, so that a line of the cache is read once. */
@inline
function acrossSixteen(operation: i32, x: usize, y: usize, n: i32, step: usize, scale: v128): void {
  let total0 = f32x4.splat(neutral(operation)), total1 = total0, total2 = total0, total3 = total0;
  for (let from = 0; from < n; from += BLOCK) {
    let a = f32x4.splat(neutral(operation)), b = a, c = a, d = a;
    const end = min(n, from + BLOCK);
    for (let i = from; i < end; i++) {
      a = combine(operation, a, v128.load(x));
      b = combine(operation, b, v128.load(x, 16));
      c = combine(operation, c, v128.load(x, 32));
      d = combine(operation, d, v128.load(x, 48));
      x += step;
    }
    total0 = combine(operation, total0, a);
    total1 = combine(operation, total1, b);
    total2 = combine(operation, total2, c);
    total3 = combine(operation, total3, d);
  }
  v128.store(y, f32x4.mul(total0, scale));
  v128.store(y, f32x4.mul(total1, scale), 16);
  v128.store(y, f32x4.mul(total2, scale), 32);
  v128.store(y, f32x4.mul(total3, scale), 48);
}

@inline
function each(operation: i32, x: usize, y: usize, outer: i32, n: i32, inner: i32, factor: f32): void {
  const scale = f32x4.splat(factor), step = (<usize>inner) << 2;
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      store<f32>(at(y, o), along(operation, x, n) * factor);
    } else {
      let column = 0;
      const to = y + <usize>o * step;
      for (; column + 16 <= inner; column += 16) acrossSixteen(operation, at(x, column), at(to, column), n, step, scale);
      for (; column < inner; column += 4) {
        const v = f32x4.mul(across(operation, at(x, column), n, step, inner - column), scale);
        if (inner - column >= 4) v128.store(at(to, column), v);
        else storePart(at(to, column), v, inner - column);
      }
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
