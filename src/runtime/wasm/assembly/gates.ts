// The activations of recurrent cells, two vectors at a time: those share what is loaded of the coefficients, and as little is done in a round that a
// processor has several rounds under way (measured: a cell's gates in half the time that all of it in one loop takes).
import { hyperbolicTangent } from './elementary';
import { loadUpTo, multiplyAdd, storeUpTo } from './simd';
import { constant, LOGISTIC, tableAddress, TANGENT } from './table';

/** Stores tanh of both vectors, or 1 / (1 + e⁻ˣ), whose coefficients come in the same order. */
@inline
function storeTwo(first: usize, x0: v128, x1: v128, to: usize, t: usize): void {
  let k = constant(t, first, 12);
  let v0 = f32x4.pmax(x0, k), v1 = f32x4.pmax(x1, k);
  k = constant(t, first, 0);
  v0 = f32x4.pmin(v0, k);
  v1 = f32x4.pmin(v1, k);
  const square0 = f32x4.mul(v0, v0), square1 = f32x4.mul(v1, v1);
  k = constant(t, first, 1);
  let next = constant(t, first, 2);
  let p0 = multiplyAdd(k, square0, next), p1 = multiplyAdd(k, square1, next);
  next = constant(t, first, 3);
  p0 = multiplyAdd(p0, square0, next);
  p1 = multiplyAdd(p1, square1, next);
  next = constant(t, first, 4);
  p0 = multiplyAdd(p0, square0, next);
  p1 = multiplyAdd(p1, square1, next);
  next = constant(t, first, 5);
  p0 = multiplyAdd(p0, square0, next);
  p1 = multiplyAdd(p1, square1, next);
  next = constant(t, first, 6);
  p0 = multiplyAdd(p0, square0, next);
  p1 = multiplyAdd(p1, square1, next);
  next = constant(t, first, 7);
  p0 = multiplyAdd(p0, square0, next);
  p1 = multiplyAdd(p1, square1, next);
  k = constant(t, first, 8);
  next = constant(t, first, 9);
  let q0 = multiplyAdd(k, square0, next), q1 = multiplyAdd(k, square1, next);
  next = constant(t, first, 10);
  q0 = multiplyAdd(q0, square0, next);
  q1 = multiplyAdd(q1, square1, next);
  next = constant(t, first, 11);
  q0 = multiplyAdd(q0, square0, next);
  q1 = multiplyAdd(q1, square1, next);
  let y0 = f32x4.div(f32x4.mul(p0, v0), q0), y1 = f32x4.div(f32x4.mul(p1, v1), q1);
  if (first == LOGISTIC) {
    k = constant(t, LOGISTIC, 13);
    y0 = f32x4.add(y0, k);
    y1 = f32x4.add(y1, k);
  }
  v128.store(to, y0);
  v128.store(to, y1, 16);
}

/** The same of one vector. */
@inline
function one(first: usize, x: v128, t: usize): v128 {
  if (first == TANGENT) return hyperbolicTangent(x, t);
  const half = f32x4.splat(0.5);
  return multiplyAdd(hyperbolicTangent(f32x4.mul(x, half), t), half, half);
}

@inline
function ofSums(first: usize, a: usize, b: usize, to: usize, n: i32): void {
  const t = tableAddress();
  for (; n >= 8; n -= 8) {
    storeTwo(first, f32x4.add(v128.load(a), v128.load(b)), f32x4.add(v128.load(a, 16), v128.load(b, 16)), to, t);
    a += 32;
    b += 32;
    to += 32;
  }
  for (; n > 0; n -= 4) {
    storeUpTo(to, one(first, f32x4.add(loadUpTo(a, n), loadUpTo(b, n)), t), n);
    a += 16;
    b += 16;
    to += 16;
  }
}

/** to = 1 / (1 + e⁻ˣ) of x = a + b, to 1.5 · 10⁻⁷: half of 1 + tanh (x / 2), as in XLA. */
export function logisticOfSums(a: usize, b: usize, to: usize, n: i32): void {
  ofSums(LOGISTIC, a, b, to, n);
}

/** to = tanh (a + b). */
export function tangentOfSums(a: usize, b: usize, to: usize, n: i32): void {
  ofSums(TANGENT, a, b, to, n);
}

/** c = f · before + i · g and its tanh. */
export function cellRow(i: usize, f: usize, g: usize, before: usize, c: usize, tangent: usize, n: i32): void {
  const t = tableAddress();
  for (; n >= 8; n -= 8) {
    const c0 = multiplyAdd(v128.load(f), v128.load(before), f32x4.mul(v128.load(i), v128.load(g)));
    const c1 = multiplyAdd(v128.load(f, 16), v128.load(before, 16), f32x4.mul(v128.load(i, 16), v128.load(g, 16)));
    v128.store(c, c0);
    v128.store(c, c1, 16);
    storeTwo(TANGENT, c0, c1, tangent, t);
    i += 32;
    f += 32;
    g += 32;
    before += 32;
    c += 32;
    tangent += 32;
  }
  for (; n > 0; n -= 4) {
    const cell = multiplyAdd(loadUpTo(f, n), loadUpTo(before, n), f32x4.mul(loadUpTo(i, n), loadUpTo(g, n)));
    storeUpTo(c, cell, n);
    storeUpTo(tangent, hyperbolicTangent(cell, t), n);
    i += 16;
    f += 16;
    g += 16;
    before += 16;
    c += 16;
    tangent += 16;
  }
}

/** to = tanh (a + b · c). */
export function tangentOfProducts(a: usize, b: usize, c: usize, to: usize, n: i32): void {
  const t = tableAddress();
  for (; n >= 8; n -= 8) {
    storeTwo(TANGENT, multiplyAdd(v128.load(b), v128.load(c), v128.load(a)), multiplyAdd(v128.load(b, 16), v128.load(c, 16), v128.load(a, 16)), to, t);
    a += 32;
    b += 32;
    c += 32;
    to += 32;
  }
  for (; n > 0; n -= 4) {
    storeUpTo(to, hyperbolicTangent(multiplyAdd(loadUpTo(b, n), loadUpTo(c, n), loadUpTo(a, n)), t), n);
    a += 16;
    b += 16;
    c += 16;
    to += 16;
  }
}
