// Pooling of windows and its gradients. Cells outside of the input count for nothing, in a mean as in a maximum. Of the last channels whole
// vectors are read, and what is too much of them is left unused.
import { Geometry, endTap, firstTap } from './geometry';
import { areSquares, maxOfSquares, maxOfSquaresBack } from './poolSquares';
import { at, loadPart, storePart } from './simd';

@inline const MAX = 0;
@inline const MEAN = 1;
@inline const MAX_BACK = 2;
@inline const MEAN_BACK = 3;

@inline
function loadFour(p: usize, n: i32): v128 {
  return n >= 4 ? v128.load(p) : loadPart(p, n);
}

@inline
function storeFour(p: usize, v: v128, n: i32): void {
  if (n >= 4) v128.store(p, v);
  else storePart(p, v, n);
}

@inline
function combine(kind: i32, a: v128, b: v128): v128 {
  return kind == MAX ? f32x4.pmax(a, b) : f32x4.add(a, b);
}

// The window at hand: its taps that lie inside, and the cell that its (0, 0, 0) would be.
let firstSlice = 0, endSlice = 0, firstRow = 0, endRow = 0, firstColumn = 0, endColumn = 0;
let corner = 0;

/** The maximum or mean of the window, channel by channel. */
@inline
function pool(x: usize, y: usize, g: Geometry, kind: i32, factor: v128): void {
  const channels = g.inChannels;
  const step = (<usize>(g.dilationWidth * channels)) << 2;
  let c = 0;
  for (; c + 16 <= channels; c += 16) {
    let v0 = f32x4.splat(kind == MEAN ? 0 : -Infinity), v1 = v0, v2 = v0, v3 = v0;
    for (let q = firstSlice; q < endSlice; q++) {
      for (let p = firstRow; p < endRow; p++) {
        let cell = at(x, (corner + (q * g.dilationDepth * g.inHeight + p * g.dilationHeight) * g.inWidth + firstColumn * g.dilationWidth) * channels + c);
        for (let tap = firstColumn; tap < endColumn; tap++) {
          v0 = combine(kind, v0, v128.load(cell));
          v1 = combine(kind, v1, v128.load(cell, 16));
          v2 = combine(kind, v2, v128.load(cell, 32));
          v3 = combine(kind, v3, v128.load(cell, 48));
          cell += step;
        }
      }
    }
    const to = at(y, c);
    v128.store(to, kind == MEAN ? f32x4.mul(v0, factor) : v0);
    v128.store(to, kind == MEAN ? f32x4.mul(v1, factor) : v1, 16);
    v128.store(to, kind == MEAN ? f32x4.mul(v2, factor) : v2, 32);
    v128.store(to, kind == MEAN ? f32x4.mul(v3, factor) : v3, 48);
  }
  for (; c < channels; c += 4) {
    let v = f32x4.splat(kind == MEAN ? 0 : -Infinity);
    for (let q = firstSlice; q < endSlice; q++) {
      for (let p = firstRow; p < endRow; p++) {
        let cell = at(x, (corner + (q * g.dilationDepth * g.inHeight + p * g.dilationHeight) * g.inWidth + firstColumn * g.dilationWidth) * channels + c);
        for (let tap = firstColumn; tap < endColumn; tap++) {
          v = combine(kind, v, v128.load(cell));
          cell += step;
        }
      }
    }
    storeFour(at(y, c), kind == MEAN ? f32x4.mul(v, factor) : v, channels - c);
  }
}

/** What flows back to the window, channel by channel: all of it to the first maximum, or an equal share to each cell. */
@inline
function giveBack(x: usize, dy: usize, dx: usize, g: Geometry, kind: i32, factor: v128): void {
  const channels = g.inChannels;
  for (let c = 0; c < channels; c += 4) {
    const n = channels - c;
    const given = kind == MEAN_BACK ? f32x4.mul(loadFour(at(dy, c), n), factor) : loadFour(at(dy, c), n);
    let best = f32x4.splat(-Infinity);
    let bestCell = i32x4.splat(-4);
    for (let q = firstSlice; q < endSlice; q++) {
      for (let p = firstRow; p < endRow; p++) {
        const line = corner + (q * g.dilationDepth * g.inHeight + p * g.dilationHeight) * g.inWidth;
        for (let tap = firstColumn; tap < endColumn; tap++) {
          const cell = (line + tap * g.dilationWidth) * channels + c;
          if (kind == MEAN_BACK) {
            storeFour(at(dx, cell), f32x4.add(loadFour(at(dx, cell), n), given), n);
          } else {
            const v = v128.load(at(x, cell));
            const greater = f32x4.gt(v, best);
            best = v128.bitselect(v, best, greater);
            bestCell = v128.bitselect(i32x4.splat(cell), bestCell, greater);
          }
        }
      }
    }
    if (kind == MAX_BACK) {
      giveTo(dx, i32x4.extract_lane(bestCell, 0), f32x4.extract_lane(given, 0));
      if (n > 1) giveTo(dx, i32x4.extract_lane(bestCell, 1) + 1, f32x4.extract_lane(given, 1));
      if (n > 2) giveTo(dx, i32x4.extract_lane(bestCell, 2) + 2, f32x4.extract_lane(given, 2));
      if (n > 3) giveTo(dx, i32x4.extract_lane(bestCell, 3) + 3, f32x4.extract_lane(given, 3));
    }
  }
}

@inline
function giveTo(dx: usize, cell: i32, v: f32): void {
  if (cell >= 0) store<f32>(at(dx, cell), load<f32>(at(dx, cell)) + v);
}

/** x: the input; y: the output, or what flows back to it; dx: what flows back to the input. */
@inline
function visitWindows(x: usize, y: usize, dx: usize, geometry: usize, kind: i32): void {
  const g = changetype<Geometry>(geometry);
  const line = (<usize>g.inChannels) << 2;
  if (kind == MAX_BACK || kind == MEAN_BACK) memory.fill(dx, 0, <usize>(g.batch * g.inDepth * g.inHeight * g.inWidth) * line);
  for (let b = 0; b < g.batch; b++) {
    for (let slice = 0; slice < g.outDepth; slice++) {
      const front = slice * g.strideDepth - g.padFront;
      firstSlice = firstTap(front, g.dilationDepth);
      endSlice = endTap(front, g.dilationDepth, g.filterDepth, g.inDepth);
      for (let row = 0; row < g.outHeight; row++) {
        const top = row * g.strideHeight - g.padTop;
        firstRow = firstTap(top, g.dilationHeight);
        endRow = endTap(top, g.dilationHeight, g.filterHeight, g.inHeight);
        for (let column = 0; column < g.outWidth; column++) {
          const left = column * g.strideWidth - g.padLeft;
          firstColumn = firstTap(left, g.dilationWidth);
          endColumn = endTap(left, g.dilationWidth, g.filterWidth, g.inWidth);
          corner = ((b * g.inDepth + front) * g.inHeight + top) * g.inWidth + left;
          const cells = max(1, (endSlice - firstSlice) * (endRow - firstRow) * (endColumn - firstColumn));
          const factor = f32x4.splat(<f32>1 / <f32>cells);
          if (kind == MAX || kind == MEAN) pool(x, y, g, kind, factor);
          else giveBack(x, y, dx, g, kind, factor);
          y += line;
        }
      }
    }
  }
}

/** y: the maximum of each window of x. */
export function maxPool(x: usize, y: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  if (areSquares(g)) maxOfSquares(x, y, g);
  else visitWindows(x, y, 0, geometry, MAX);
}

/** y: the mean of each window of x. */
export function meanPool(x: usize, y: usize, geometry: usize): void {
  visitWindows(x, y, 0, geometry, MEAN);
}

/** dx: each window's dy goes to the first cell that holds its maximum. */
export function maxPoolBack(x: usize, dy: usize, dx: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  if (areSquares(g)) maxOfSquaresBack(x, dy, dx, g);
  else visitWindows(x, dy, dx, geometry, MAX_BACK);
}

/** dx: each window's dy is spread evenly over its cells. */
export function meanPoolBack(dy: usize, dx: usize, geometry: usize): void {
  visitWindows(0, dy, dx, geometry, MEAN_BACK);
}
