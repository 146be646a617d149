// One step of a GRU (reset after the product) for one example. Gates lie in Keras's order: z, r, candidate.
import { logisticOfSums, tangentOfProducts } from './gates';
import { addRow, blendRow, copyRow } from './rows';
import { loadUpTo, storeUpTo } from './simd';

/**
 * h = z · before + (1 − z) · tanh(x + r · product), where sums + bias are the products with the state; z, r, the candidate and the product are kept in `gates`.
 * The bias is added to the sums where they lie.
 */
export function gruRow(sums: usize, bias: usize, x: usize, before: usize, gates: usize, h: usize, units: i32): void {
  const width = (<usize>units) << 2, candidate = gates + 2 * width, product = candidate + width;
  addRow(sums, bias, 3 * units);
  logisticOfSums(sums, x, gates, 2 * units);
  copyRow(product, sums + 2 * width, units);
  tangentOfProducts(x + 2 * width, gates + width, product, candidate, units);
  blendRow(h, gates, before, candidate, units);
}

@inline
function fourBack(gates: usize, before: usize, dh: usize, dx: usize, dr: usize, width: usize, n: i32): void {
  const one = f32x4.splat(1);
  const z = loadUpTo(gates, n), r = loadUpTo(gates + width, n), candidate = loadUpTo(gates + 2 * width, n), product = loadUpTo(gates + 3 * width, n);
  const dHidden = loadUpTo(dh, n), rest = f32x4.sub(one, z);
  const dz = f32x4.mul(f32x4.mul(dHidden, f32x4.sub(loadUpTo(before, n), candidate)), f32x4.mul(z, rest));
  const dCandidate = f32x4.mul(f32x4.mul(dHidden, rest), f32x4.sub(one, f32x4.mul(candidate, candidate)));
  const dReset = f32x4.mul(f32x4.mul(dCandidate, product), f32x4.mul(r, f32x4.sub(one, r)));
  storeUpTo(dx, dz, n);
  storeUpTo(dr, dz, n);
  storeUpTo(dx + width, dReset, n);
  storeUpTo(dr + width, dReset, n);
  storeUpTo(dx + 2 * width, dCandidate, n);
  storeUpTo(dr + 2 * width, f32x4.mul(dCandidate, r), n);
  storeUpTo(dh, f32x4.mul(dHidden, z), n);
}

/** From what flows back to h: what flows to x and to the products; `dh` becomes what flows to the state before past the products. */
export function gruRowBack(gates: usize, before: usize, dh: usize, dx: usize, dr: usize, units: i32): void {
  const width = (<usize>units) << 2;
  let at: usize = 0;
  for (; units >= 4; units -= 4) {
    fourBack(gates + at, before + at, dh + at, dx + at, dr + at, width, 4);
    at += 16;
  }
  if (units > 0) fourBack(gates + at, before + at, dh + at, dx + at, dr + at, width, units);
}
