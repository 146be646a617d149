// One step of a GRU that resets the state before the product for the candidate, in two halves. Gates lie in Keras's order: z, r, candidate.
import { logisticOfSums, tangentOfSums } from './gates';
import { blendRow, multiplyRow } from './rows';
import { loadUpTo, storeUpTo } from './simd';

/** z and r of `sums` + x, kept in `gates`, and the state as r leaves it. */
export function resetRow(sums: usize, x: usize, before: usize, gates: usize, reset: usize, units: i32): void {
  logisticOfSums(sums, x, gates, 2 * units);
  multiplyRow(reset, gates + ((<usize>units) << 2), before, units);
}

/** h = z · before + (1 − z) · tanh(x + sums), where sums are the products with the state as it was reset. */
export function candidateRow(sums: usize, x: usize, before: usize, gates: usize, h: usize, units: i32): void {
  const width = (<usize>units) << 2, candidate = gates + 2 * width;
  tangentOfSums(sums, x + 2 * width, candidate, units);
  blendRow(h, gates, before, candidate, units);
}

/** From what flows back to h: what flows to x of z and of the candidate, again in `dGates` and `dCandidate`; `dh` becomes what flows to the state before past the products. */
export function candidateRowBack(gates: usize, before: usize, dh: usize, dx: usize, dGates: usize, dCandidate: usize, units: i32): void {
  const width = (<usize>units) << 2, one = f32x4.splat(1);
  for (let at: usize = 0; units > 0; at += 16) {
    const z = loadUpTo(gates + at, units), candidate = loadUpTo(gates + 2 * width + at, units), dHidden = loadUpTo(dh + at, units), rest = f32x4.sub(one, z);
    const dz = f32x4.mul(f32x4.mul(dHidden, f32x4.sub(loadUpTo(before + at, units), candidate)), f32x4.mul(z, rest));
    storeUpTo(dx + at, dz, units);
    storeUpTo(dGates + at, dz, units);
    const d = f32x4.mul(f32x4.mul(dHidden, rest), f32x4.sub(one, f32x4.mul(candidate, candidate)));
    storeUpTo(dx + 2 * width + at, d, units);
    storeUpTo(dCandidate + at, d, units);
    storeUpTo(dh + at, f32x4.mul(dHidden, z), units);
    units -= 4;
  }
}

/** From what flows back to the state as r left it, `sums`: what flows to x of r, again in `dGates`; what flows to the state before is added to `dh`. */
export function resetRowBack(sums: usize, gates: usize, before: usize, dh: usize, dx: usize, dGates: usize, units: i32): void {
  const width = (<usize>units) << 2, one = f32x4.splat(1);
  for (let at: usize = 0; units > 0; at += 16) {
    const r = loadUpTo(gates + width + at, units), d = loadUpTo(sums + at, units);
    const dReset = f32x4.mul(f32x4.mul(d, loadUpTo(before + at, units)), f32x4.mul(r, f32x4.sub(one, r)));
    storeUpTo(dx + width + at, dReset, units);
    storeUpTo(dGates + width + at, dReset, units);
    storeUpTo(dh + at, f32x4.add(loadUpTo(dh + at, units), f32x4.mul(d, r)), units);
    units -= 4;
  }
}
