// One step of an LSTM for one example; `n` is 4 or, at the end of a row, less. Gates lie in Keras's order: i, f, g, o.
import { hyperbolicTangent, logistic } from './elementary';
import { loadUpTo, storeUpTo } from './simd';
import { tableAddress } from './table';

@inline
function four(sums: usize, x: usize, before: usize, gates: usize, c: usize, h: usize, width: usize, n: i32, t: usize): void {
  const i = logistic(f32x4.add(loadUpTo(sums, n), loadUpTo(x, n)), t);
  storeUpTo(gates, i, n);
  const f = logistic(f32x4.add(loadUpTo(sums + width, n), loadUpTo(x + width, n)), t);
  storeUpTo(gates + width, f, n);
  const g = hyperbolicTangent(f32x4.add(loadUpTo(sums + 2 * width, n), loadUpTo(x + 2 * width, n)), t);
  storeUpTo(gates + 2 * width, g, n);
  const cell = f32x4.add(f32x4.mul(f, loadUpTo(before, n)), f32x4.mul(i, g));
  storeUpTo(c, cell, n);
  const o = logistic(f32x4.add(loadUpTo(sums + 3 * width, n), loadUpTo(x + 3 * width, n)), t);
  storeUpTo(gates + 3 * width, o, n);
  storeUpTo(h, f32x4.mul(o, hyperbolicTangent(cell, t)), n);
}

/** c = f · before + i · g, h = o · tanh c, with gates of `sums` + x, which are kept in `gates`. */
export function lstmRow(sums: usize, x: usize, before: usize, gates: usize, c: usize, h: usize, units: i32): void {
  const width = (<usize>units) << 2, t = tableAddress();
  let at: usize = 0;
  for (; units >= 4; units -= 4) {
    four(sums + at, x + at, before + at, gates + at, c + at, h + at, width, 4, t);
    at += 16;
  }
  if (units > 0) four(sums + at, x + at, before + at, gates + at, c + at, h + at, width, units, t);
}

@inline
function fourBack(gates: usize, before: usize, c: usize, dh: usize, dc: usize, dx: usize, width: usize, n: i32, t: usize): void {
  const one = f32x4.splat(1);
  const tangent = hyperbolicTangent(loadUpTo(c, n), t), dHidden = loadUpTo(dh, n);
  const o = loadUpTo(gates + 3 * width, n);
  storeUpTo(dx + 3 * width, f32x4.mul(f32x4.mul(dHidden, tangent), f32x4.mul(o, f32x4.sub(one, o))), n);
  const dCell = f32x4.add(loadUpTo(dc, n), f32x4.mul(f32x4.mul(dHidden, o), f32x4.sub(one, f32x4.mul(tangent, tangent))));
  const i = loadUpTo(gates, n), g = loadUpTo(gates + 2 * width, n);
  storeUpTo(dx, f32x4.mul(f32x4.mul(dCell, g), f32x4.mul(i, f32x4.sub(one, i))), n);
  storeUpTo(dx + 2 * width, f32x4.mul(f32x4.mul(dCell, i), f32x4.sub(one, f32x4.mul(g, g))), n);
  const f = loadUpTo(gates + width, n);
  storeUpTo(dx + width, f32x4.mul(f32x4.mul(dCell, loadUpTo(before, n)), f32x4.mul(f, f32x4.sub(one, f))), n);
  storeUpTo(dc, f32x4.mul(dCell, f), n);
  storeUpTo(dh, f32x4.splat(0), n);
}

/** From what flows back to h and c: what flows to x, and in `dc` to the cell before; `dh` becomes what flows to the state before past the products, which is 0. */
export function lstmRowBack(gates: usize, before: usize, c: usize, dh: usize, dc: usize, dx: usize, units: i32): void {
  const width = (<usize>units) << 2, t = tableAddress();
  let at: usize = 0;
  for (; units >= 4; units -= 4) {
    fourBack(gates + at, before + at, c + at, dh + at, dc + at, dx + at, width, 4, t);
    at += 16;
  }
  if (units > 0) fourBack(gates + at, before + at, c + at, dh + at, dc + at, dx + at, width, units, t);
}
