// What the two ways through a sequence (sequence.ts, sequenceBack.ts) have in common.
import { packStrips } from './pack';
import { multiplyTile, tileColumns, tileRows } from './tile';

// The cells.
@inline export const LSTM = 0;
@inline export const GRU = 1;
@inline export const SIMPLE = 2;
/** A GRU whose reset gate comes before the product with the state, which for the candidate is one of its own. */
@inline export const RESET_FIRST = 3;

// Flags.
@inline export const BACKWARDS = 1;
@inline export const EVERY_STEP = 2;
@inline export const ZERO_MASKED = 4;
@inline export const KEEP = 8;
/** The sequence begins with states of zeros, which nothing flows back to. */
@inline export const FROM_ZEROS = 16;

/** Rows that go through all steps before the next ones do: what they work with stays in the second-level cache. */
@inline export const together = 64;

/** How many products with the state a cell takes: as many rows of `units` has x at each step. */
@inline
export function productsOf(cell: i32): i32 {
  return cell == LSTM ? 4 : cell == SIMPLE ? 1 : 3;
}

/** How many rows of `units` a cell keeps of each step for the way back. */
@inline
export function keptOf(cell: i32): i32 {
  return cell == LSTM ? 5 : cell == SIMPLE ? 1 : cell == RESET_FIRST ? 3 : 4;
}

@inline
export function paddedColumns(columns: i32): i32 {
  return (columns + tileColumns - 1) & ~(tileColumns - 1);
}

/** sums[rows, columns] = A[rows, k] · B, where B is packed in panels; rows of sums have `paddedColumns`, and there is room for whole tiles. */
export function multiplyPacked(a: usize, aStep: usize, rows: i32, k: i32, panels: usize, columns: i32, strips: usize, sums: usize): void {
  packStrips(a, aStep, k, rows, strips);
  const depth = (<usize>k) << 2, sumsStep = (<usize>paddedColumns(columns)) << 2;
  for (let q = 0; q < columns; q += tileColumns) {
    const panel = panels + <usize>q * depth;
    for (let p = 0; p < rows; p += tileRows) multiplyTile(strips + <usize>p * depth, panel, k, sums + <usize>p * sumsStep + ((<usize>q) << 2), sumsStep);
  }
}
