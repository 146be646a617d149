// One step of a simple recurrent layer for one example.
import { tangentOfSums } from './gates';
import { copyRow } from './rows';
import { loadUpTo, storeUpTo } from './simd';

/** h = kept = tanh(sums + x). */
export function simpleRow(sums: usize, x: usize, kept: usize, h: usize, units: i32): void {
  tangentOfSums(sums, x, kept, units);
  copyRow(h, kept, units);
}

/** From what flows back to h: what flows to x; `dh` becomes what flows to the state before past the product, which is 0. */
export function simpleRowBack(kept: usize, dh: usize, dx: usize, units: i32): void {
  for (let at: usize = 0; units > 0; at += 16) {
    const y = loadUpTo(kept + at, units);
    storeUpTo(dx + at, f32x4.mul(loadUpTo(dh + at, units), f32x4.sub(f32x4.splat(1), f32x4.mul(y, y))), units);
    storeUpTo(dh + at, f32x4.splat(0), units);
    units -= 4;
  }
}
