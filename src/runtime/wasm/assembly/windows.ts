// The windows of a convolution, laid out as rows of a matrix, added back to where they came from.
import { Geometry, endTap, firstTap } from './geometry';
import { addRow } from './rows';

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
function addLine(line: usize, rows: usize, pixel: usize, channels: i32, taps: i32, dilation: i32, left: i32, inWidth: i32): void {
  const first = min(taps, firstTap(left, dilation)), end = max(first, endTap(left, dilation, taps, inWidth));
  if (dilation == 1) {
    addRow(line + <usize>first * pixel, rows + <usize>first * pixel, (end - first) * channels);
  } else {
    for (let tap = first; tap < end; tap++) addRow(line + <usize>(tap * dilation) * pixel, rows + <usize>tap * pixel, channels);
  }
}

/** A window that may reach beyond the input on any side. */
function addWindow(image: usize, rows: usize, g: Geometry, left: i32, top: i32, front: i32): void {
  const channels = g.inChannels, run = g.filterWidth * channels;
  const pixel = (<usize>channels) << 2, line = <usize>g.inWidth * pixel;
  for (let q = 0; q < g.filterDepth; q++) {
    const z = front + q * g.dilationDepth;
    for (let p = 0; p < g.filterHeight; p++) {
      const y = top + p * g.dilationHeight;
      if (<u32>z < <u32>g.inDepth && <u32>y < <u32>g.inHeight) {
        addLine(image + <usize>(z * g.inHeight + y) * line + <usize>left * pixel, rows, pixel, channels, g.filterWidth, g.dilationWidth, left, g.inWidth);
      }
      rows += (<usize>run) << 2;
    }
  }
}

/** Adds rows `from` to `from + count` of the matrix [batch · outputs, filter taps · channels] of the windows of x to the places in x that they stand for. */
export function scatterWindows(rows: usize, g: Geometry, from: i32, count: i32, x: usize): void {
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
    const before = (<usize>(first * run)) << 2;
    count -= end - column;
    for (let left = column * stride - g.padLeft; column < end; column++) {
      if (simple && left >= 0 && left + taps <= inWidth) {
        addLines(start + <usize>left * pixel, rows + before, beyond - first, run, step, last);
      } else {
        addWindow(image, rows, g, left, top, front);
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
