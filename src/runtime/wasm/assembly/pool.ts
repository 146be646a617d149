// Pooling of windows and its gradients, four channels at a time. Cells outside of the input count for nothing, in a mean as in a maximum.
import { Geometry, endTap, firstTap } from './geometry';
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
function addFour(p: usize, v: v128, n: i32): void {
  storeFour(p, f32x4.add(loadFour(p, n), v), n);
}

/** x: the input; y: the output, or its gradient; dx: the gradient of the input. */
@inline
function visitWindows(x: usize, y: usize, dx: usize, g: Geometry, kind: i32): void {
  const channels = g.inChannels, inWidth = g.inWidth, inHeight = g.inHeight;
  for (let b = 0; b < g.batch; b++) {
    for (let slice = 0; slice < g.outDepth; slice++) {
      const front = slice * g.strideDepth - g.padFront;
      const firstSlice = firstTap(front, g.dilationDepth), endSlice = endTap(front, g.dilationDepth, g.filterDepth, g.inDepth);
      for (let row = 0; row < g.outHeight; row++) {
        const top = row * g.strideHeight - g.padTop;
        const firstRow = firstTap(top, g.dilationHeight), endRow = endTap(top, g.dilationHeight, g.filterHeight, inHeight);
        for (let column = 0; column < g.outWidth; column++) {
          const left = column * g.strideWidth - g.padLeft;
          const first = firstTap(left, g.dilationWidth), end = endTap(left, g.dilationWidth, g.filterWidth, inWidth);
          const cells = max(1, (endSlice - firstSlice) * (endRow - firstRow) * (end - first));
          for (let c = 0; c < channels; c += 4) {
            const n = channels - c;
            let best = f32x4.splat(kind == MEAN ? 0 : -Infinity);
            let bestCell = i32x4.splat(-4);
            let given = best;
            if (kind == MAX_BACK) given = loadFour(at(y, c), n);
            if (kind == MEAN_BACK) given = f32x4.div(loadFour(at(y, c), n), f32x4.splat(<f32>cells));
            for (let q = firstSlice; q < endSlice; q++) {
              for (let p = firstRow; p < endRow; p++) {
                const line = ((b * g.inDepth + front + q * g.dilationDepth) * inHeight + top + p * g.dilationHeight) * inWidth + left;
                for (let tap = first; tap < end; tap++) {
                  const cell = (line + tap * g.dilationWidth) * channels + c;
                  if (kind == MAX) best = f32x4.pmax(best, loadFour(at(x, cell), n));
                  if (kind == MEAN) best = f32x4.add(best, loadFour(at(x, cell), n));
                  if (kind == MEAN_BACK) addFour(at(dx, cell), given, n);
                  if (kind == MAX_BACK) {
                    const v = loadFour(at(x, cell), n);
                    const greater = f32x4.gt(v, best);
                    best = v128.bitselect(v, best, greater);
                    bestCell = v128.bitselect(i32x4.splat(cell), bestCell, greater);
                  }
                }
              }
            }
            if (kind == MAX) storeFour(at(y, c), best, n);
            if (kind == MEAN) storeFour(at(y, c), f32x4.div(best, f32x4.splat(<f32>cells)), n);
            if (kind == MAX_BACK) {
              giveTo(dx, i32x4.extract_lane(bestCell, 0), f32x4.extract_lane(given, 0));
              if (n > 1) giveTo(dx, i32x4.extract_lane(bestCell, 1) + 1, f32x4.extract_lane(given, 1));
              if (n > 2) giveTo(dx, i32x4.extract_lane(bestCell, 2) + 2, f32x4.extract_lane(given, 2));
              if (n > 3) giveTo(dx, i32x4.extract_lane(bestCell, 3) + 3, f32x4.extract_lane(given, 3));
            }
          }
          y += (<usize>channels) << 2;
        }
      }
    }
  }
}

@inline
function giveTo(dx: usize, cell: i32, v: f32): void {
  if (cell >= 0) store<f32>(at(dx, cell), load<f32>(at(dx, cell)) + v);
}

@inline
function clearInput(dx: usize, g: Geometry): void {
  memory.fill(dx, 0, (<usize>(g.batch * g.inDepth * g.inHeight * g.inWidth * g.inChannels)) << 2);
}

/** y: the maximum of each window of x. */
export function maxPool(x: usize, y: usize, geometry: usize): void {
  visitWindows(x, y, 0, changetype<Geometry>(geometry), MAX);
}

/** y: the mean of each window of x. */
export function meanPool(x: usize, y: usize, geometry: usize): void {
  visitWindows(x, y, 0, changetype<Geometry>(geometry), MEAN);
}

/** dx: each window's dy goes to the first cell that holds its maximum. */
export function maxPoolBack(x: usize, dy: usize, dx: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  clearInput(dx, g);
  visitWindows(x, dy, dx, g, MAX_BACK);
}

/** dx: each window's dy is spread evenly over its cells. */
export function meanPoolBack(dy: usize, dx: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  clearInput(dx, g);
  visitWindows(0, dy, dx, g, MEAN_BACK);
}
