// Convolution and its gradients as matrix products over blocks of windows, small enough for the second-level cache.
import { Geometry } from './geometry';
import { multiply } from './product';
import { windowBytes, windowScratch } from './scratch';
import { at } from './simd';
import { gatherTaps, isSingleChannel } from './taps';
import { gatherWindows, scatterWindows } from './windows';

@inline
function outputs(g: Geometry): i32 {
  return g.batch * g.outDepth * g.outHeight * g.outWidth;
}

/** Numbers in a window. */
@inline
function windowSize(g: Geometry): i32 {
  return g.filterDepth * g.filterHeight * g.filterWidth * g.inChannels;
}

/** Whether the input is its own matrix of windows. */
function isPointwise(g: Geometry): bool {
  return windowSize(g) == g.inChannels && g.outDepth == g.inDepth && g.outHeight == g.inHeight && g.outWidth == g.inWidth
    && g.strideDepth == 1 && g.strideHeight == 1 && g.strideWidth == 1;
}

/** How many windows to lay out at a time: 256 KiB of them, but enough to make packing the other factor worth its while. */
function blockSize(g: Geometry): i32 {
  const size = windowSize(g);
  const wanted = max(64, (65536 / size) & ~255);
  return max(1, min(wanted, <i32>(windowBytes() >> 2) / size));
}

/** How many rows of windows to lay out at a time, tap by tap: 256 KiB of them, if that is possible. */
function rowsOfTaps(g: Geometry): i32 {
  const size = windowSize(g) * g.outWidth;
  return max(1, min(max(1, 65536 / size), <i32>(windowBytes() >> 2) / size));
}

/** y = x * filter (+ bias[outChannels]), bounded to [low, high]. x [b, …in, c], filter [f…, c, o], y [b, …out, o]; `bias`: 0 for none. */
export function convolve(x: usize, filter: usize, y: usize, geometry: usize, bias: usize, low: f32, high: f32): void {
  const g = changetype<Geometry>(geometry);
  const total = outputs(g), size = windowSize(g), o = g.outChannels;
  if (isPointwise(g)) {
    multiply(x, filter, y, total, o, size, false, false, false, bias, low, high);
    return;
  }
  const rows = windowScratch();
  if (isSingleChannel(g)) {
    const block = rowsOfTaps(g), lines = g.batch * g.outHeight;
    for (let from = 0; from < lines; from += block) {
      const count = min(block, lines - from);
      gatherTaps(x, g, from, count, rows);
      multiply(rows, filter, at(y, from * g.outWidth * o), count * g.outWidth, o, size, true, false, false, bias, low, high);
    }
    return;
  }
  const block = blockSize(g);
  for (let from = 0; from < total; from += block) {
    const count = min(block, total - from);
    gatherWindows(x, g, from, count, rows);
    multiply(rows, filter, at(y, from * o), count, o, size, false, false, false, bias, low, high);
  }
}

/** The gradient of a convolution by its filter: dFilter [f…, c, o] of x [b, …in, c] and dy [b, …out, o]. */
export function convolveBackFilter(x: usize, dy: usize, dFilter: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  const total = outputs(g), size = windowSize(g), o = g.outChannels;
  if (isPointwise(g)) {
    multiply(x, dy, dFilter, size, o, total, true, false, false, 0, -Infinity, Infinity);
    return;
  }
  const rows = windowScratch();
  if (isSingleChannel(g)) {
    const block = rowsOfTaps(g), lines = g.batch * g.outHeight;
    for (let from = 0; from < lines; from += block) {
      const count = min(block, lines - from);
      gatherTaps(x, g, from, count, rows);
      multiply(rows, at(dy, from * g.outWidth * o), dFilter, size, o, count * g.outWidth, false, false, from > 0, 0, -Infinity, Infinity);
    }
    return;
  }
  const block = blockSize(g);
  for (let from = 0; from < total; from += block) {
    const count = min(block, total - from);
    gatherWindows(x, g, from, count, rows);
    multiply(rows, at(dy, from * o), dFilter, size, o, count, true, false, from > 0, 0, -Infinity, Infinity);
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
  memory.fill(dx, 0, (<usize>(g.batch * g.inDepth * g.inHeight * g.inWidth * g.inChannels)) << 2);
  const block = blockSize(g), rows = windowScratch();
  for (let from = 0; from < total; from += block) {
    const count = min(block, total - from);
    multiply(at(dy, from * o), filter, rows, count, size, o, false, true, false, 0, -Infinity, Infinity);
    scatterWindows(rows, g, from, count, dx);
  }
}
