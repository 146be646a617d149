// The windows of a convolution laid out as rows of a matrix ("im2col"), and rows added back to where they came from.
import { Geometry, endTap, firstTap } from './geometry';
import { addRow, clearRow, copyRow } from './rows';

/** Rows `from` to `from + count` of the matrix [batch · outputs, filter taps · channels] of the windows of x; up to 12 bytes behind them are written too. */
export function gatherWindows(x: usize, g: Geometry, from: i32, count: i32, rows: usize): void {
  visitWindows(x, g, from, count, rows, false);
}

/** Adds those rows to the places in x that they stand for. */
export function scatterWindows(rows: usize, g: Geometry, from: i32, count: i32, x: usize): void {
  visitWindows(x, g, from, count, rows, true);
}

/** Lines of `run` floats copied in whole vectors: what is written too much the next line overwrites. */
@inline
function copyLines(to: usize, from: usize, lines: i32, run: i32, step: usize): void {
  const bytes = (<usize>run) << 2;
  if (run <= 4) {
    for (; lines > 0; lines--) {
      v128.store(to, v128.load(from));
      to += bytes;
      from += step;
    }
  } else if (run <= 8) {
    for (; lines > 0; lines--) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      to += bytes;
      from += step;
    }
  } else {
    for (; lines > 0; lines--) {
      for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, v128.load(from + i));
      to += bytes;
      from += step;
    }
  }
}

/** Lines of `run` floats added in whole vectors, of which the last leaves alone what is not the line's; `last`: ones in its lanes that count. */
@inline
function addLines(to: usize, from: usize, lines: i32, run: i32, step: usize, last: v128): void {
  const bytes = (<usize>run) << 2, whole = bytes - (((run - 1) & 3) + 1 << 2);
  for (; lines > 0; lines--) {
    for (let i: usize = 0; i < whole; i += 16) v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(from + i)));
    const old = v128.load(to + whole);
    v128.store(to + whole, v128.bitselect(f32x4.add(old, v128.load(from + whole)), old, last));
    from += bytes;
    to += step;
  }
}

/** A line of a window that may reach beyond the input on either side; `left`: the column that it begins at. */
function moveLine(line: usize, rows: usize, pixel: usize, channels: i32, taps: i32, dilation: i32, left: i32, inWidth: i32, scatter: bool): void {
  const first = min(taps, firstTap(left, dilation)), end = max(first, endTap(left, dilation, taps, inWidth));
  if (!scatter && first > 0) clearRow(rows, first * channels);
  if (dilation == 1) {
    const inside = rows + <usize>first * pixel, there = line + <usize>first * pixel;
    if (scatter) addRow(there, inside, (end - first) * channels);
    else copyRow(inside, there, (end - first) * channels);
  } else {
    for (let tap = first; tap < end; tap++) {
      const inside = rows + <usize>tap * pixel, there = line + <usize>(tap * dilation) * pixel;
      if (scatter) addRow(there, inside, channels);
      else copyRow(inside, there, channels);
    }
  }
  if (!scatter && end < taps) clearRow(rows + <usize>end * pixel, (taps - end) * channels);
}

/** A window that may reach beyond the input on any side. */
function moveWindow(image: usize, rows: usize, g: Geometry, left: i32, top: i32, front: i32, scatter: bool): void {
  const channels = g.inChannels, run = g.filterWidth * channels;
  const pixel = (<usize>channels) << 2, line = <usize>g.inWidth * pixel;
  for (let q = 0; q < g.filterDepth; q++) {
    const z = front + q * g.dilationDepth;
    for (let p = 0; p < g.filterHeight; p++) {
      const y = top + p * g.dilationHeight;
      if (<u32>z >= <u32>g.inDepth || <u32>y >= <u32>g.inHeight) {
        if (!scatter) clearRow(rows, run);
      } else {
        moveLine(image + <usize>(z * g.inHeight + y) * line + <usize>left * pixel, rows, pixel, channels, g.filterWidth, g.dilationWidth, left, g.inWidth, scatter);
      }
      rows += (<usize>run) << 2;
    }
  }
}

@inline
function visitWindows(x: usize, g: Geometry, from: i32, count: i32, rows: usize, scatter: bool): void {
  const channels = g.inChannels, inWidth = g.inWidth, taps = g.filterWidth, lines = g.filterHeight, outWidth = g.outWidth, stride = g.strideWidth;
  const pixel = (<usize>channels) << 2, line = <usize>inWidth * pixel, run = taps * channels, step = <usize>g.dilationHeight * line;
  const window = (<usize>(g.filterDepth * lines * run)) << 2;
  const last = i32x4.gt_s(i32x4.splat(((run - 1) & 3) + 1), i32x4(0, 1, 2, 3));
  let column = from % outWidth;
  let row = (from / outWidth) % g.outHeight;
  let slice = (from / (outWidth * g.outHeight)) % g.outDepth;
  let image = x + <usize>(from / (outWidth * g.outHeight * g.outDepth)) * <usize>(g.inDepth * g.inHeight) * line;
  while (count > 0) {
    // A row of windows, or what is wanted of it.
    const end = min(outWidth, column + count);
    const top = row * g.strideHeight - g.padTop, front = slice * g.strideDepth - g.padFront;
    const simple = g.filterDepth == 1 && g.dilationWidth == 1 && front >= 0 && front < g.inDepth;
    const first = firstTap(top, g.dilationHeight), beyond = max(first, endTap(top, g.dilationHeight, lines, g.inHeight));
    const start = image + <usize>(front * g.inHeight + top + first * g.dilationHeight) * line;
    const before = (<usize>(first * run)) << 2, behind = (<usize>(beyond * run)) << 2;
    count -= end - column;
    for (let left = column * stride - g.padLeft; column < end; column++) {
      if (simple && left >= 0 && left + taps <= inWidth) {
        if (scatter) {
          addLines(start + <usize>left * pixel, rows + before, beyond - first, run, step, last);
        } else {
          if (first > 0) clearRow(rows, first * run);
          copyLines(rows + before, start + <usize>left * pixel, beyond - first, run, step);
          if (beyond < lines) clearRow(rows + behind, (lines - beyond) * run);
        }
      } else {
        moveWindow(image, rows, g, left, top, front, scatter);
      }
      rows += window;
      left += stride;
    }
    if (column == outWidth) {
      column = 0;
      if (++row == g.outHeight) {
        row = 0;
        if (++slice == g.outDepth) {
          slice = 0;
          image += <usize>(g.inDepth * g.inHeight) * line;
        }
      }
    }
  }
}
