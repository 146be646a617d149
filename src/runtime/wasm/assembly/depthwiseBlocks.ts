// Depthwise convolution with one filter for each channel, and its gradients, of channels that are whole vectors. Windows that reach beyond the
// input see zeros around it: a block of cells is copied for that, so that no window needs to be looked at.
import { blockColumns, blockRows, columnStep, lineStep, measureBlocks, openBlock, origin, rowStep, tapStep } from './block';
import { Geometry } from './geometry';
import { addProduct } from './depthwiseSums';
import { finishRow } from './rows';
import { multiplyAdd } from './simd';

/** Floats that the cells of a block may be: 64 KiB, of which three lines or so are in the first-level cache. */
@inline const blockCells = 16384;
@inline const blockWindows = 65536;

/** Whether a depthwise convolution can be computed here. */
@inline
export function hasBlocks(g: Geometry): bool {
  return g.outChannels == g.inChannels && (g.inChannels & 3) == 0;
}

/**
 * A row of outputs of windows of 3 × 3 side by side. Of four channels at a time, the nine weights and the sums of the two outputs that a column of
 * cells is not the last of stay in registers. `tap`: bytes from the weights of a tap to those of the next.
 */
function slideNine(cells: usize, filter: usize, tap: usize, y: usize, channels: i32): void {
  const pixel = (<usize>channels) << 2, line = lineStep;
  for (let c: usize = 0; c < pixel; c += 16) {
    let weights = filter + c;
    const w0 = v128.load(weights), w1 = v128.load(weights + tap), w2 = v128.load(weights + 2 * tap);
    weights += 3 * tap;
    const w3 = v128.load(weights), w4 = v128.load(weights + tap), w5 = v128.load(weights + 2 * tap);
    weights += 3 * tap;
    const w6 = v128.load(weights), w7 = v128.load(weights + tap), w8 = v128.load(weights + 2 * tap);
    let top = cells + c, to = y + c;
    const middle = top + line, bottom = middle + line;
    let first = multiplyAdd(v128.load(bottom), w6, multiplyAdd(v128.load(middle), w3, f32x4.mul(v128.load(top), w0)));
    let v0 = v128.load(top + pixel), v1 = v128.load(middle + pixel), v2 = v128.load(bottom + pixel);
    let second = multiplyAdd(v2, w6, multiplyAdd(v1, w3, f32x4.mul(v0, w0)));
    first = multiplyAdd(v2, w7, multiplyAdd(v1, w4, multiplyAdd(v0, w1, first)));
    for (let n = blockColumns; n > 0; n--) {
      const middle = top + line, bottom = middle + line;
      v0 = v128.load(top + 2 * pixel);
      v1 = v128.load(middle + 2 * pixel);
      v2 = v128.load(bottom + 2 * pixel);
      v128.store(to, multiplyAdd(v2, w8, multiplyAdd(v1, w5, multiplyAdd(v0, w2, first))));
      first = multiplyAdd(v2, w7, multiplyAdd(v1, w4, multiplyAdd(v0, w1, second)));
      second = multiplyAdd(v2, w6, multiplyAdd(v1, w3, f32x4.mul(v0, w0)));
      top += pixel;
      to += pixel;
    }
  }
}

/** An output of a window of any size: the sums of up to sixteen channels stay in registers. */
function multiplyWindow(cells: usize, filter: usize, tap: usize, y: usize, g: Geometry): void {
  let n = g.inChannels;
  for (; n >= 16; n -= 16) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    let line = cells, weights = filter;
    for (let p = 0; p < g.filterHeight; p++) {
      let cell = line;
      for (let q = 0; q < g.filterWidth; q++) {
        a = multiplyAdd(v128.load(cell), v128.load(weights), a);
        b = multiplyAdd(v128.load(cell, 16), v128.load(weights, 16), b);
        c = multiplyAdd(v128.load(cell, 32), v128.load(weights, 32), c);
        d = multiplyAdd(v128.load(cell, 48), v128.load(weights, 48), d);
        cell += tapStep;
        weights += tap;
      }
      line += lineStep;
    }
    v128.store(y, a);
    v128.store(y, b, 16);
    v128.store(y, c, 32);
    v128.store(y, d, 48);
    cells += 64;
    filter += 64;
    y += 64;
  }
  for (; n > 0; n -= 4) {
    let sum = f32x4.splat(0);
    let line = cells, weights = filter;
    for (let p = 0; p < g.filterHeight; p++) {
      let cell = line;
      for (let q = 0; q < g.filterWidth; q++) {
        sum = multiplyAdd(v128.load(cell), v128.load(weights), sum);
        cell += tapStep;
        weights += tap;
      }
      line += lineStep;
    }
    v128.store(y, sum);
    cells += 16;
    filter += 16;
    y += 16;
  }
}

/** y = x * filter (+ bias), bounded to [low, high]; `mirrored`: the filter's taps in the opposite order. */
export function slideWindows(x: usize, filter: usize, y: usize, g: Geometry, mirrored: bool, bias: usize, low: f32, high: f32): void {
  const channels = g.inChannels, pixel = (<usize>channels) << 2, taps = g.filterHeight * g.filterWidth;
  const isNine = g.filterHeight == 3 && g.filterWidth == 3 && g.strideWidth == 1 && g.dilationWidth == 1, asItIs = !bias && low == -Infinity && high == Infinity;
  const first = mirrored ? filter + <usize>(taps - 1) * pixel : filter, tap = mirrored ? 0 - pixel : pixel;
  measureBlocks(g, blockWindows, blockCells);
  const rows = blockRows, columns = blockColumns;
  for (let b = 0; b < g.batch; b++) {
    for (let row = 0; row < g.outHeight; row += rows) {
      for (let column = 0; column < g.outWidth; column += columns) {
        openBlock(x, g, b, 0, row, column, rows, columns);
        for (let r = 0; r < blockRows; r++) {
          const cells = origin + <usize>r * rowStep, to = y + <usize>((b * g.outHeight + row + r) * g.outWidth + column) * pixel;
          if (isNine) slideNine(cells, first, tap, to, channels);
          for (let i = 0; i < blockColumns; i++) {
            if (!isNine) multiplyWindow(cells + <usize>i * columnStep, first, tap, to + <usize>i * pixel, g);
            if (!asItIs) finishRow(to + <usize>i * pixel, bias, channels, low, high);
          }
        }
      }
    }
  }
}

/** dFilter [fh, fw, c] of x and dy. */
export function sumWindows(x: usize, dy: usize, dFilter: usize, g: Geometry): void {
  const channels = g.inChannels, pixel = (<usize>channels) << 2;
  memory.fill(dFilter, 0, <usize>(g.filterHeight * g.filterWidth) * pixel);
  measureBlocks(g, blockWindows, blockCells);
  const rows = blockRows, columns = blockColumns;
  for (let b = 0; b < g.batch; b++) {
    for (let row = 0; row < g.outHeight; row += rows) {
      for (let column = 0; column < g.outWidth; column += columns) {
        openBlock(x, g, b, 0, row, column, rows, columns);
        addProduct(dy + <usize>((b * g.outHeight + row) * g.outWidth + column) * pixel, dFilter, g);
      }
    }
  }
}
