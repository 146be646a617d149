// Convolution and its gradients as matrix products with the windows, which are packed, or read where they lie, a block at a time.
import { blockColumns, blockRows, columnStep, lineOffset, measureBlocks, openBlock, origin, packWindows, rowStep, runOf } from './block';
import { Geometry } from './geometry';
import { mirrored } from './mirror';
import { packPartOfColumns, packRows } from './pack';
import { breadth, depthOf, heightOf, multiply, multiplyBlock, multiplyPart, panelScratch, stripScratch } from './product';
import { clearRow } from './rows';
import { productScratch, windowBytes, windowScratch } from './scratch';
import { at } from './simd';
import { storeTile, sumTile, tileColumns, tileRows } from './tile';
import { scatterWindows } from './windows';
import { convolveTiles, convolveTilesBackFilter, isWinograd } from './winograd';

/** Windows of a block, and floats that its cells may be: a third of the first-level cache. */
@inline const blockWindows = 256;
@inline const blockCells = 4096;

@inline
function outputs(g: Geometry): i32 {
  return g.batch * g.outDepth * g.outHeight * g.outWidth;
}

/** Numbers in a window. */
@inline
function windowSize(g: Geometry): i32 {
  return g.filterDepth * g.filterHeight * g.filterWidth * g.inChannels;
}

/** Whether every window is the one after the other. */
@inline
function isDense(g: Geometry): bool {
  return g.strideDepth == 1 && g.strideHeight == 1 && g.strideWidth == 1;
}

/** Whether the input is its own matrix of windows. */
function isPointwise(g: Geometry): bool {
  return windowSize(g) == g.inChannels && g.outDepth == g.inDepth && g.outHeight == g.inHeight && g.outWidth == g.inWidth && isDense(g);
}

/** Rows `from` to `from + inner` of the filter of the gradient by the input as panels: taps in the opposite order, inputs and outputs exchanged. */
function packMirrored(filter: usize, g: Geometry, from: i32, inner: i32, column: i32, columns: i32, panels: usize): void {
  const channels = g.inChannels, tapFloats = channels * g.outChannels, taps = windowSize(g) / channels;
  const panelBytes = (<usize>inner) << 5;
  let tap = from / channels, skip = from - tap * channels;
  while (inner > 0) {
    const n = min(channels - skip, inner);
    packPartOfColumns(at(filter, (taps - 1 - tap++) * tapFloats + column * channels + skip), (<usize>channels) << 2, n, columns, panels, panelBytes);
    panels += (<usize>n) << 5;
    inner -= n;
    skip = 0;
  }
}

/** Whether four windows next to each other are the same taps of four cells next to each other, so that their products can be summed where they lie. */
@inline
function areShifted(g: Geometry, part: i32): bool {
  return g.inChannels == 1 && g.strideWidth == 1 && g.dilationWidth == 1 && g.filterDepth == 1 && g.outWidth >= 4 && windowSize(g) == part && g.outChannels <= breadth;
}

/** The block's windows · filter (+ bias), bounded, to y, where `areShifted`; `behind`: how many floats y has from there on. */
function multiplyShifted(g: Geometry, panels: usize, y: usize, behind: i32, bias: usize, low: f32, high: f32): void {
  const o = g.outChannels, taps = g.filterWidth, lines = g.filterHeight, size = taps * lines, step = (<usize>o) << 2, sums = productScratch();
  const asItIs = !bias && low == -Infinity && high == Infinity;
  const skip = lineOffset(g, 1) - (<usize>taps << 2);
  for (let q = (o - 1) & ~(tileColumns - 1); q >= 0; q -= tileColumns) {
    const panel = panels + <usize>(q * size << 2), width = min(tileColumns, o - q), offset = bias ? at(bias, q) : 0;
    for (let row = 0; row < blockRows; row++) {
      for (let next = 0; next < blockColumns; next += tileRows) {
        // The last four end with the row; some of them may be there already.
        const column = min(next, blockColumns - tileRows);
        const place = (row * blockColumns + column) * o + q, to = at(y, place), cells = origin + <usize>row * rowStep + (<usize>column << 2);
        if (asItIs && (width == tileColumns || place + (tileRows - 1) * o + tileColumns <= behind)) {
          sumTile(cells, 4, skip, panel, 32, taps, lines, to, step, false);
        } else {
          sumTile(cells, 4, skip, panel, 32, taps, lines, sums, tileColumns << 2, false);
          storeTile(sums, to, step, tileRows, width, false, offset, low, high);
        }
      }
    }
  }
}

/** y = windows of x · filter (+ bias), bounded. `mirrored`: the filter is that of the convolution whose gradient by the input this is, [f…, o, c] here. */
function multiplyWindows(x: usize, filter: usize, y: usize, g: Geometry, mirrored: bool, bias: usize, low: f32, high: f32): void {
  const size = windowSize(g), o = g.outChannels, total = outputs(g), step = (<usize>o) << 2;
  const strips = stripScratch(), panels = panelScratch();
  const part = depthOf(size), height = heightOf(part);
  measureBlocks(g, blockWindows, blockCells);
  const rows = blockRows, columns = blockColumns, shifted = areShifted(g, part);
  for (let j = 0; j < o; j += breadth) {
    const width = min(breadth, o - j);
    for (let l = 0; l < size; l += part) {
      const inner = min(part, size - l), last = l + part >= size;
      const offset = last && bias ? at(bias, j) : 0;
      const least: f32 = last ? low : -Infinity, most: f32 = last ? high : Infinity;
      if (mirrored) packMirrored(filter, g, l, inner, j, width, panels);
      else packRows(at(filter, l * o + j), step, inner, width, panels);
      let done = 0;
      for (let b = 0; b < g.batch; b++) {
        for (let slice = 0; slice < g.outDepth; slice++) {
          for (let row = 0; row < g.outHeight; row += rows) {
            for (let column = 0; column < g.outWidth; column += columns) {
              openBlock(x, g, b, slice, row, column, rows, columns);
              const windows = blockRows * blockColumns;
              if (shifted && blockColumns >= tileRows) {
                multiplyShifted(g, panels, at(y, done * o), (total - done) * o, bias, low, high);
                done += windows;
                continue;
              }
              for (let first = 0; first < windows; first += height) {
                const count = min(height, windows - first);
                packWindows(g, first, count, l, inner, strips);
                const behind = width == o ? (total - done) * o : 0;
                multiplyBlock(strips, tileRows << 2, (<usize>inner) << 4, panels, inner, at(y, done * o + j), step, count, width, behind, l > 0, offset, least, most);
                done += count;
              }
            }
          }
        }
      }
    }
  }
}

/** y = x * filter (+ bias[outChannels]), bounded to [low, high]. x [b, …in, c], filter [f…, c, o], y [b, …out, o]; `bias`: 0 for none. */
export function convolve(x: usize, filter: usize, y: usize, geometry: usize, bias: usize, low: f32, high: f32): void {
  const g = changetype<Geometry>(geometry);
  if (isPointwise(g)) multiply(x, filter, y, outputs(g), g.outChannels, windowSize(g), false, false, false, bias, low, high);
  else if (isWinograd(g)) convolveTiles(x, filter, y, g, false, bias, low, high);
  else multiplyWindows(x, filter, y, g, false, bias, low, high);
}

/**
 * The gradient of a convolution by its filter: dFilter [f…, c, o] of x [b, …in, c] and dy [b, …out, o]. Of `parts` (1 for all of it), each of which makes
 * some lines or columns of dFilter, only `part` is made.
 */
export function convolveBackFilter(x: usize, dy: usize, dFilter: usize, geometry: usize, part: i32, parts: i32): void {
  const g = changetype<Geometry>(geometry);
  const size = windowSize(g), o = g.outChannels;
  // Of few channels a block's pixels are in the first-level cache as they lie, and packing them would not pay.
  if (isPointwise(g) && (size > 64 || o > 64)) {
    const tiles = (size + tileRows - 1) / tileRows, first = tiles * part / parts * tileRows, rows = min(size, tiles * (part + 1) / parts * tileRows) - first;
    if (rows > 0) multiplyPart(at(x, first), dy, at(dFilter, first * o), size, o, o, rows, o, outputs(g), true, false, false, 0, -Infinity, Infinity);
    return;
  }
  if (isWinograd(g)) {
    convolveTilesBackFilter(x, dy, dFilter, g, part, parts);
    return;
  }
  const run = runOf(g), lines = size / run, step = (<usize>o) << 2, sums = productScratch();
  // A piece is a line of the filter by as many columns as a tile has.
  const pieces = lines * ((o + tileColumns - 1) / tileColumns), first = pieces * part / parts, end = pieces * (part + 1) / parts;
  for (let piece = first; piece < end; piece++) {
    const q = piece / lines * tileColumns;
    for (let i = 0; i < run; i++) clearRow(at(dFilter, (piece % lines * run + i) * o + q), min(tileColumns, o - q));
  }
  measureBlocks(g, blockWindows, blockCells);
  const rows = blockRows, columns = blockColumns;
  let from = dy;
  for (let b = 0; b < g.batch; b++) {
    for (let slice = 0; slice < g.outDepth; slice++) {
      for (let row = 0; row < g.outHeight; row += rows) {
        for (let column = 0; column < g.outWidth; column += columns) {
          openBlock(x, g, b, slice, row, column, rows, columns);
          const skip = rowStep - <usize>blockColumns * columnStep;
          for (let piece = first; piece < end; piece++) {
            const q = piece / lines * tileColumns, line = piece % lines, cells = origin + lineOffset(g, line);
            for (let i = 0; i < run; i += tileRows) {
              const to = at(dFilter, (line * run + i) * o + q);
              if (run - i >= tileRows && o - q >= tileColumns) {
                sumTile(at(cells, i), columnStep, skip, at(from, q), step, blockColumns, blockRows, to, step, true);
              } else {
                sumTile(at(cells, i), columnStep, skip, at(from, q), step, blockColumns, blockRows, sums, tileColumns << 2, false);
                storeTile(sums, to, step, min(tileRows, run - i), min(tileColumns, o - q), true, 0, -Infinity, Infinity);
              }
            }
          }
          from += <usize>(blockRows * blockColumns) * step;
        }
      }
    }
  }
}

/** The gradient of a convolution by its input, which is also the transposed convolution: dx [b, …in, c] of dy [b, …out, o] and filter [f…, c, o]. */
export function convolveBackInput(dy: usize, filter: usize, dx: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  const total = outputs(g), size = windowSize(g), o = g.outChannels;
  if (isPointwise(g)) {
    multiply(dy, filter, dx, total, size, o, false, true, false, 0, -Infinity, Infinity);
    return;
  }
  if (isDense(g)) {
    const m = mirrored(g);
    if (isWinograd(m)) convolveTiles(dy, filter, dx, m, true, 0, -Infinity, Infinity);
    else multiplyWindows(dy, filter, dx, m, true, 0, -Infinity, Infinity);
    return;
  }
  memory.fill(dx, 0, (<usize>(g.batch * g.inDepth * g.inHeight * g.inWidth * g.inChannels)) << 2);
  // 256 KiB of windows at a time, but enough to make packing the filter worth its while.
  const block = max(1, min(max(64, (65536 / size) & ~255), <i32>(windowBytes() >> 2) / size)), rows = windowScratch();
  for (let from = 0; from < total; from += block) {
    const count = min(block, total - from);
    multiply(at(dy, from * o), filter, rows, count, size, o, false, true, false, 0, -Infinity, Infinity);
    scatterWindows(rows, g, from, count, dx);
  }
}
