// The windows of an image of one channel, tap by tap: what one tap sees of a row of windows lies next to each other in the input.
import { Geometry, endTap, firstTap } from './geometry';
import { clearRow, copyRow } from './rows';

/** Whether the windows can be laid out so. */
export function isSingleChannel(g: Geometry): bool {
  return g.inChannels == 1 && g.strideWidth == 1 && g.filterDepth == 1 && g.inDepth == 1;
}

/** The matrix [filter taps, count · outWidth] of the windows in rows `from` to `from + count` of all output rows of the batch. */
export function gatherTaps(x: usize, g: Geometry, from: i32, count: i32, matrix: usize): void {
  const outWidth = g.outWidth, inWidth = g.inWidth, inHeight = g.inHeight;
  const line = (<usize>outWidth) << 2;
  for (let p = 0; p < g.filterHeight; p++) {
    for (let tap = 0; tap < g.filterWidth; tap++) {
      const left = tap * g.dilationWidth - g.padLeft;
      // Of the places that a tap sees, those inside are what the taps inside are of a window of `outWidth` taps.
      const first = min(outWidth, firstTap(left, 1)), end = max(first, endTap(left, 1, outWidth, inWidth));
      let row = from % g.outHeight;
      let image = x + (<usize>((from / g.outHeight) * inHeight * inWidth) << 2);
      for (let r = 0; r < count; r++) {
        const y = row * g.strideHeight - g.padTop + p * g.dilationHeight;
        if (<u32>y >= <u32>inHeight) {
          clearRow(matrix, outWidth);
        } else {
          clearRow(matrix, first);
          copyRow(matrix + (<usize>first << 2), image + (<usize>(y * inWidth + left + first) << 2), end - first);
          clearRow(matrix + (<usize>end << 2), outWidth - end);
        }
        matrix += line;
        if (++row == g.outHeight) {
          row = 0;
          image += (<usize>(inHeight * inWidth)) << 2;
        }
      }
    }
  }
}
