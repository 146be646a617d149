// One step of an LSTM for one example. Gates lie in Keras's order: i, f, g, o; behind them tanh c.
import { cellRow, logisticOfSums, tangentOfSums } from './gates';
import { multiplyRow } from './rows';
import { loadUpTo, storeUpTo } from './simd';

/** c = f · before + i · g, h = o · tanh c, with gates of `sums` + x, which are kept in `gates`, and tanh c behind them. */
export function lstmRow(sums: usize, x: usize, before: usize, gates: usize, c: usize, h: usize, units: i32): void {
  const width = (<usize>units) << 2, g = gates + 2 * width, o = g + width, tangent = o + width;
  logisticOfSums(sums, x, gates, 2 * units);
  tangentOfSums(sums + 2 * width, x + 2 * width, g, units);
  logisticOfSums(sums + 3 * width, x + 3 * width, o, units);
  cellRow(gates, gates + width, g, before, c, tangent, units);
  multiplyRow(h, o, tangent, units);
}

@inline
function fourBack(gates: usize, before: usize, dh: usize, dc: usize, dx: usize, width: usize, n: i32): void {
  const one = f32x4.splat(1);
  const tangent = loadUpTo(gates + 4 * width, n), dHidden = loadUpTo(dh, n);
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
export function lstmRowBack(gates: usize, before: usize, dh: usize, dc: usize, dx: usize, units: i32): void {
  const width = (<usize>units) << 2;
  let at: usize = 0;
  for (; units >= 4; units -= 4) {
    fourBack(gates + at, before + at, dh + at, dc + at, dx + at, width, 4);
    at += 16;
  }
  if (units > 0) fourBack(gates + at, before + at, dh + at, dc + at, dx + at, width, units);
}
