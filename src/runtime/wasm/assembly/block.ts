// Blocks of a convolution's windows, and where their cells lie: in the input itself, or, where windows reach beyond it, in a copy with zeros around.
// A window is a list of lines: runs of floats that lie next to each other. All windows of a block have theirs at the same distances.
import { Geometry } from './geometry';
import { windowBytes, windowScratch } from './scratch';
import { clearRow, copyRow } from './rows';
import { at } from './simd';

// The block at hand: its windows in rows and columns, the first float of the first, and the bytes from one window to the next in a row and in a column.
export let blockRows = 0, blockColumns = 0;
export let origin: usize = 0, columnStep: usize = 0, rowStep: usize = 0;
// Bytes between neighbouring taps of a window: along a line of the filter, from such a line to the next, and from slice to slice.
export let tapStep: usize = 0, lineStep: usize = 0;
let sliceStep: usize = 0;

/** Floats that lie next to each other in a window. */
@inline
export function runOf(g: Geometry): i32 {
  return g.dilationWidth == 1 ? g.filterWidth * g.inChannels : g.inChannels;
}

/** Where line `line` of a window begins, counted from the window's first float. */
export function lineOffset(g: Geometry, line: i32): usize {
  if (line < g.filterHeight && g.dilationWidth == 1) return <usize>line * lineStep;
  let tap = 0;
  if (g.dilationWidth != 1) {
    tap = line % g.filterWidth;
    line /= g.filterWidth;
  }
  return <usize>(line / g.filterHeight) * sliceStep + <usize>(line % g.filterHeight) * lineStep + <usize>tap * tapStep;
}

/** How many rows and columns of outputs make a block: some `windows` windows whose cells are `cells` floats at the most if there are several rows, and fit the working memory. */
export function measureBlocks(g: Geometry, windows: i32, cells: i32): void {
  const reach = (g.filterWidth - 1) * g.dilationWidth + 1, tall = (g.filterHeight - 1) * g.dilationHeight + 1;
  const slice = g.filterDepth * g.inChannels, room = <i32>((windowBytes() - 256) >> 2);
  blockColumns = min(g.outWidth, windows);
  if (blockColumns > 1 && slice * tall * ((blockColumns - 1) * g.strideWidth + reach) > room) {
    blockColumns = max(1, (room / (slice * tall) - reach) / g.strideWidth + 1);
  }
  blockRows = 1;
  if (blockColumns < g.outWidth) return;
  const line = slice * ((blockColumns - 1) * g.strideWidth + reach);
  blockRows = max(1, min(g.outHeight, windows / g.outWidth));
  while (blockRows > 1 && line * ((blockRows - 1) * g.strideHeight + tall) > min(cells, room)) blockRows--;
}

/** Finds the cells of a block: outputs from `row` and `column` on in slice `slice` of image `image`. It is as large as `measureBlocks` said, or ends with the output. */
export function openBlock(x: usize, g: Geometry, image: i32, slice: i32, row: i32, column: i32, wantedRows: i32, wantedColumns: i32): void {
  const channels = g.inChannels;
  blockRows = min(wantedRows, g.outHeight - row);
  blockColumns = min(wantedColumns, g.outWidth - column);
  tapStep = (<usize>(g.dilationWidth * channels)) << 2;
  columnStep = (<usize>(g.strideWidth * channels)) << 2;
  const front = slice * g.strideDepth - g.padFront, top = row * g.strideHeight - g.padTop, left = column * g.strideWidth - g.padLeft;
  const height = (blockRows - 1) * g.strideHeight + (g.filterHeight - 1) * g.dilationHeight + 1;
  const width = (blockColumns - 1) * g.strideWidth + (g.filterWidth - 1) * g.dilationWidth + 1;
  const inside = front >= 0 && front + (g.filterDepth - 1) * g.dilationDepth < g.inDepth && top >= 0 && top + height <= g.inHeight && left >= 0 && left + width <= g.inWidth;
  const line = (<usize>((inside ? g.inWidth : width) * channels)) << 2;
  lineStep = <usize>g.dilationHeight * line;
  rowStep = <usize>g.strideHeight * line;
  const from = x + (<usize>(((image * g.inDepth + front) * g.inHeight + top) * g.inWidth + left) * <usize>channels << 2);
  if (inside) {
    sliceStep = <usize>(g.dilationDepth * g.inHeight) * line;
    origin = from;
    return;
  }
  sliceStep = <usize>height * line;
  origin = windowScratch();
  // The columns of the copy that are columns of the input.
  const first = min(width, max(0, -left)), end = max(first, min(width, g.inWidth - left));
  let to = origin;
  for (let q = 0; q < g.filterDepth; q++) {
    const z = front + q * g.dilationDepth;
    for (let p = 0; p < height; p++) {
      const y = top + p;
      if (<u32>z >= <u32>g.inDepth || <u32>y >= <u32>g.inHeight || first == end) {
        clearRow(to, width * channels);
      } else {
        clearRow(to, first * channels);
        copyRow(at(to, first * channels), at(from, ((q * g.dilationDepth * g.inHeight + p) * g.inWidth + first) * channels), (end - first) * channels);
        clearRow(at(to, end * channels), (width - end) * channels);
      }
      to += line;
    }
  }
}

/** Four runs of floats as groups of four, one of each; up to three groups more than `n` are written. */
@inline
function interleaveRuns(p0: usize, p1: usize, p2: usize, p3: usize, n: i32, to: usize): void {
  for (; n > 0; n -= 4) {
    const v0 = v128.load(p0), v1 = v128.load(p1), v2 = v128.load(p2), v3 = v128.load(p3);
    const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5), low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7), high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f64>(low01, low23, 0, 2));
    v128.store(to, v128.shuffle<f64>(low01, low23, 1, 3), 16);
    v128.store(to, v128.shuffle<f64>(high01, high23, 0, 2), 32);
    v128.store(to, v128.shuffle<f64>(high01, high23, 1, 3), 48);
    p0 += 16;
    p1 += 16;
    p2 += 16;
    p3 += 16;
    to += 64;
  }
}

/** Windows `first` to `first + count` of the block as strips of four: of each window the floats from `begin` on, `inner` of them. Up to 48 bytes behind are written too. */
export function packWindows(g: Geometry, first: i32, count: i32, begin: i32, inner: i32, strips: usize): void {
  const run = runOf(g), columns = blockColumns;
  let row = first / columns, column = first % columns;
  for (let i = 0; i < count; i += 4) {
    // Beyond the block's end, its last window again.
    let p0: usize = 0, p1: usize = 0, p2: usize = 0, p3: usize = 0;
    const together = column + 4 <= columns;
    for (let j = 0; j < 4; j++) {
      p0 = p1;
      p1 = p2;
      p2 = p3;
      p3 = origin + <usize>row * rowStep + <usize>column * columnStep;
      if (i + j + 1 < count && ++column == columns) {
        column = 0;
        row++;
      }
    }
    let line = begin / run, skip = begin - line * run, left = inner;
    while (left > 0) {
      const n = min(run - skip, left), offset = lineOffset(g, line++) + (<usize>skip << 2);
      if (together && columnStep == 4) {
        for (let k = 0; k < n; k++) v128.store(strips + (<usize>k << 4), v128.load(at(p0 + offset, k)));
      } else {
        interleaveRuns(p0 + offset, p1 + offset, p2 + offset, p3 + offset, n, strips);
      }
      strips += <usize>n << 4;
      left -= n;
      skip = 0;
    }
  }
}
