// A recurrent layer over a whole sequence, forward: per step one product with the state, on weights packed once, and one pass for the cell.
import { gruRow } from './gru';
import { lstmRow } from './lstm';
import { packRows } from './pack';
import { BACKWARDS, EVERY_STEP, FROM_ZEROS, GRU, KEEP, keptOf, LSTM, multiplyPacked, paddedColumns, productsOf, RESET_FIRST, together, ZERO_MASKED } from './recurrence';
import { candidateRow, resetRow } from './resetFirst';
import { clearRow, copyRow } from './rows';
import { windowScratch } from './scratch';
import { at } from './simd';
import { simpleRow } from './simpleRecurrence';
import { multiplyVector } from './vector';

/**
 * x (products with the input, bias included) is [steps, batch, products · units], `kernel` [units, products · units], `bias` (a GRU's, of the products with the state)
 * [products · units], h and c [batch, units], `mask` [batch, steps] bytes or 0. `output` is [batch, steps, units] with EVERY_STEP, else [batch, units]; `lastH` and
 * `lastC` are [batch, units]. With KEEP, of all steps: `gates` [steps, batch, kept · units], `cells` (an LSTM's c; the state as a GRU that resets first left it) and `before` (the state that a step began with)
 * [steps, batch, units]; else they have room for one. `cell`, `flags`: recurrence.ts.
 * Only examples `from` to `end` are gone through.
 */
export function sequenceForward(
  cell: i32, x: usize, kernel: usize, bias: usize, h: usize, c: usize, mask: usize, steps: i32, batch: i32, units: i32, flags: i32,
  output: usize, lastH: usize, lastC: usize, gates: usize, cells: usize, before: usize, from: i32, end: i32,
): void {
  const columns = productsOf(cell) * units, row = (<usize>units) << 2, xRow = (<usize>columns) << 2, gatesRow = <usize>keptOf(cell) * row;
  const keep = (flags & KEEP) != 0, backwards = (flags & BACKWARDS) != 0, everyStep = (flags & EVERY_STEP) != 0, zero = (flags & ZERO_MASKED) != 0, fromZeros = (flags & FROM_ZEROS) != 0;
  const stateStep = keep ? <usize>batch * row : 0, gatesStep = keep ? <usize>batch * gatesRow : 0;
  // Of a GRU that resets first, the last `units` of the columns are the candidate's.
  const resets = cell == RESET_FIRST, joint = resets ? 2 * units : columns, jointRow = (<usize>paddedColumns(joint)) << 2, ownRow = resets ? (<usize>paddedColumns(units)) << 2 : 0;
  const panels = windowScratch(), own = panels + <usize>units * jointRow, strips = own + <usize>units * ownRow, sums = strips + together * row, seen = sums + together * jointRow;
  const single = batch == 1 && !resets;
  if (!single) packRows(kernel, xRow, units, joint, panels);
  if (resets) packRows(kernel + 2 * row, xRow, units, units, own);
  for (let first = from; first < end; first += together) {
    const rows = min(together, end - first);
    for (let r = 0; r < rows; r++) store<i32>(at(seen, r), mask ? 0 : 1);
    let t = backwards ? steps - 1 : 0;
    let now = before + <usize>t * stateStep + <usize>first * row, cellBefore = c + <usize>first * row;
    copyRow(now, h + <usize>first * row, rows * units);
    for (let s = 0; s < steps; s++) {
      if (fromZeros && s == 0) clearRow(sums, rows * paddedColumns(joint));
      else if (single) multiplyVector(now, kernel, sums, joint, units, false);
      else multiplyPacked(now, row, rows, units, panels, joint, strips, sums);
      const ahead = backwards ? t - 1 : t + 1, last = s + 1 == steps;
      const next = last ? lastH + <usize>first * row : before + <usize>ahead * stateStep + <usize>first * row;
      const cellNow = cells + <usize>t * stateStep + <usize>first * row;
      if (resets) {
        for (let r = 0; r < rows; r++) {
          const i = <usize>(first + r), offset = <usize>r * row;
          resetRow(sums + <usize>r * jointRow, x + (<usize>t * <usize>batch + i) * xRow, now + offset, gates + <usize>t * gatesStep + i * gatesRow, cellNow + offset, units);
        }
        if (!fromZeros || s > 0) multiplyPacked(cellNow, row, rows, units, own, units, strips, sums);
      }
      for (let r = 0; r < rows; r++) {
        const i = <usize>(first + r), offset = <usize>r * row;
        const valid = mask == 0 || load<u8>(mask + i * <usize>steps + <usize>t) != 0;
        if (valid) {
          const sum = sums + <usize>r * (resets ? ownRow : jointRow), input = x + (<usize>t * <usize>batch + i) * xRow, gate = gates + <usize>t * gatesStep + i * gatesRow;
          if (cell == LSTM) lstmRow(sum, input, cellBefore + offset, gate, cellNow + offset, next + offset, units);
          else if (cell == GRU) gruRow(sum, bias, input, now + offset, gate, next + offset, units);
          else if (resets) candidateRow(sum, input, now + offset, gate, next + offset, units);
          else simpleRow(sum, input, gate, next + offset, units);
          store<i32>(at(seen, r), 1);
        } else {
          copyRow(next + offset, now + offset, units);
          if (cell == LSTM) copyRow(cellNow + offset, cellBefore + offset, units);
        }
        if (everyStep || last) {
          const to = output + (everyStep ? i * <usize>steps + <usize>s : i) * row;
          if (valid || (!zero && load<i32>(at(seen, r)))) copyRow(to, next + offset, units);
          else clearRow(to, units);
        }
      }
      now = next;
      cellBefore = cellNow;
      t = ahead;
    }
    if (cell == LSTM) copyRow(lastC + <usize>first * row, cellBefore, rows * units);
  }
}
