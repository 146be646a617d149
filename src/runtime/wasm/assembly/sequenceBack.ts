// A recurrent layer over a whole sequence, back through time.
import { gruRowBack } from './gru';
import { lstmRowBack } from './lstm';
import { packColumns } from './pack';
import { BACKWARDS, EVERY_STEP, FROM_ZEROS, GRU, keptOf, LSTM, multiplyPacked, paddedColumns, productsOf, RESET_FIRST, together, ZERO_MASKED } from './recurrence';
import { candidateRowBack, resetRowBack } from './resetFirst';
import { addRow, clearRow, copyRow } from './rows';
import { windowScratch } from './scratch';
import { at } from './simd';
import { simpleRowBack } from './simpleRecurrence';
import { multiplyVector } from './vector';

/** The first step of the walk that counts for an example; `steps` if none does. */
function firstValid(mask: usize, steps: i32, backwards: bool): i32 {
  for (let s = 0; s < steps; s++) if (load<u8>(mask + <usize>(backwards ? steps - 1 - s : s))) return s;
  return steps;
}

/**
 * What flows back through `sequenceForward`, whose parameters are named alike: dx as x, and for a GRU `dr` for the products with the state (of all steps those for z and r,
 * then those for the candidate, where it resets first), which is dx for the others;
 * `dh`, `dc` [batch, units] to the states that the sequence began with (with FROM_ZEROS, whatever is left there). `dLastH`, `dLastC`: 0 where nothing flows to the last states. Only examples `from` to `end` are gone through.
 */
export function sequenceBack(
  cell: i32, kernel: usize, c: usize, mask: usize, steps: i32, batch: i32, units: i32, flags: i32, gates: usize, cells: usize, before: usize,
  dOutput: usize, dLastH: usize, dLastC: usize, dx: usize, dr: usize, dh: usize, dc: usize, from: i32, end: i32,
): void {
  const columns = productsOf(cell) * units, row = (<usize>units) << 2, xRow = (<usize>columns) << 2, gatesRow = <usize>keptOf(cell) * row, sumsRow = (<usize>paddedColumns(units)) << 2;
  const backwards = (flags & BACKWARDS) != 0, everyStep = (flags & EVERY_STEP) != 0, zero = (flags & ZERO_MASKED) != 0, fromZeros = (flags & FROM_ZEROS) != 0;
  const stateStep = <usize>batch * row;
  const resets = cell == RESET_FIRST, joint = resets ? 2 * units : columns, jointRow = (<usize>joint) << 2, dCandidates = dr + <usize>steps * <usize>batch * jointRow;
  const panels = windowScratch(), own = panels + <usize>joint * sumsRow, strips = own + (resets ? <usize>units * sumsRow : 0), sums = strips + together * jointRow, started = sums + together * sumsRow;
  const single = batch == 1 && !resets;
  if (!single) packColumns(kernel, xRow, joint, units, panels);
  if (resets) packColumns(kernel + 2 * row, xRow, units, units, own);
  const begin = <usize>from * row, numbers = (end - from) * units;
  if (dLastH) copyRow(dh + begin, dLastH + begin, numbers);
  else clearRow(dh + begin, numbers);
  if (cell == LSTM) {
    if (dLastC) copyRow(dc + begin, dLastC + begin, numbers);
    else clearRow(dc + begin, numbers);
  }
  for (let first = from; first < end; first += together) {
    const rows = min(together, end - first);
    for (let r = 0; r < rows; r++) store<i32>(at(started, r), mask ? firstValid(mask + <usize>(first + r) * <usize>steps, steps, backwards) : 0);
    for (let s = steps - 1; s >= 0; s--) {
      const t = backwards ? steps - 1 - s : s, earlier = backwards ? t + 1 : t - 1;
      const block = <usize>t * <usize>batch + <usize>first;
      for (let r = 0; r < rows; r++) {
        const i = <usize>(first + r), place = i * row;
        const valid = mask == 0 || load<u8>(mask + i * <usize>steps + <usize>t) != 0;
        if ((everyStep || s + 1 == steps) && (valid || (!zero && s > load<i32>(at(started, r))))) addRow(dh + place, dOutput + (everyStep ? i * <usize>steps + <usize>s : i) * row, units);
        const toX = dx + (block + <usize>r) * xRow, toProduct = dr + (block + <usize>r) * jointRow;
        if (valid) {
          const gate = gates + (<usize>t * <usize>batch + i) * gatesRow;
          if (cell == LSTM) lstmRowBack(gate, s == 0 ? c + place : cells + <usize>earlier * stateStep + place, dh + place, dc + place, toX, units);
          else if (cell == GRU) gruRowBack(gate, before + <usize>t * stateStep + place, dh + place, toX, toProduct, units);
          else if (resets) candidateRowBack(gate, before + <usize>t * stateStep + place, dh + place, toX, toProduct, dCandidates + (block + <usize>r) * row, units);
          else simpleRowBack(gate, dh + place, toX, units);
        } else {
          clearRow(toX, columns);
          if (cell == GRU || resets) clearRow(toProduct, joint);
          if (resets) clearRow(dCandidates + (block + <usize>r) * row, units);
        }
      }
      if (resets) {
        multiplyPacked(dCandidates + block * row, row, rows, units, own, units, strips, sums);
        for (let r = 0; r < rows; r++) {
          const i = <usize>(first + r), example = <usize>t * <usize>batch + i;
          if (mask && load<u8>(mask + i * <usize>steps + <usize>t) == 0) continue;
          resetRowBack(sums + <usize>r * sumsRow, gates + example * gatesRow, before + example * row, dh + i * row, dx + example * xRow, dr + example * jointRow, units);
        }
      }
      if (fromZeros && s == 0) break;
      if (single) multiplyVector(dr + block * jointRow, kernel, sums, units, joint, true);
      else multiplyPacked(dr + block * jointRow, jointRow, rows, joint, panels, units, strips, sums);
      for (let r = 0; r < rows; r++) addRow(dh + <usize>(first + r) * row, sums + <usize>r * sumsRow, units);
    }
  }
}
