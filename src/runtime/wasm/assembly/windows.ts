// The windows of a convolution laid out as rows of a matrix ("im2col"), and rows added back to where they came from.
import { Geometry, endTap, firstTap } from './geometry';
import { addRow, clearRow, copyRow } from './rows';

/** Rows `from` to `from + count` of the matrix [batch · outputs, filter taps · channels] of the windows of x. */
export function gatherWindows(x: usize, g: Geometry, from: i32, count: i32, rows: usize): void {
  visitWindows(x, g, from, count, rows, false);
}

/** Adds those rows to the places in x that they stand for. */
export function scatterWindows(rows: usize, g: Geometry, from: i32, count: i32, x: usize): void {
  visitWindows(x, g, from, count, rows, true);
}

@inline
function visitWindows(x: usize, g: Geometry, from: i32, count: i32, rows: usize, scatter: bool): void {
  const channels = g.inChannels, inWidth = g.inWidth, inHeight = g.inHeight, inDepth = g.inDepth;
  const taps = g.filterWidth, dilation = g.dilationWidth, filterHeight = g.filterHeight, filterDepth = g.filterDepth;
  const pixel = (<usize>channels) << 2, line = <usize>inWidth * pixel, tapLine = taps * channels;
  let column = from % g.outWidth;
  let row = (from / g.outWidth) % g.outHeight;
  let slice = (from / (g.outWidth * g.outHeight)) % g.outDepth;
  let image = x + <usize>(from / (g.outWidth * g.outHeight * g.outDepth)) * <usize>(inDepth * inHeight) * line;
  while (count-- > 0) {
    const left = column * g.strideWidth - g.padLeft;
    const first = min(taps, firstTap(left, dilation)), end = max(first, endTap(left, dilation, taps, inWidth));
    const top = row * g.strideHeight - g.padTop, front = slice * g.strideDepth - g.padFront;
    for (let q = 0; q < filterDepth; q++) {
      const z = front + q * g.dilationDepth;
      for (let p = 0; p < filterHeight; p++) {
        const y = top + p * g.dilationHeight;
        if (z < 0 || z >= inDepth || y < 0 || y >= inHeight) {
          if (!scatter) clearRow(rows, tapLine);
        } else {
          const place = image + <usize>(z * inHeight + y) * line + <usize>left * pixel;
          if (!scatter && first > 0) clearRow(rows, first * channels);
          if (dilation == 1) {
            const inside = rows + <usize>first * pixel, there = place + <usize>first * pixel;
            if (scatter) addRow(there, inside, (end - first) * channels);
            else copyRow(inside, there, (end - first) * channels);
          } else {
            for (let tap = first; tap < end; tap++) {
              const inside = rows + <usize>tap * pixel, there = place + <usize>(tap * dilation) * pixel;
              if (scatter) addRow(there, inside, channels);
              else copyRow(inside, there, channels);
            }
          }
          if (!scatter && end < taps) clearRow(rows + <usize>end * pixel, (taps - end) * channels);
        }
        rows += (<usize>tapLine) << 2;
      }
    }
    if (++column == g.outWidth) {
      column = 0;
      if (++row == g.outHeight) {
        row = 0;
        if (++slice == g.outDepth) {
          slice = 0;
          image += <usize>(inDepth * inHeight) * line;
        }
      }
    }
  }
}
