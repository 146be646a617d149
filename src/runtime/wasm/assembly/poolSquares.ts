// Maximum pooling where windows are squares of 2 × 2 cells side by side, as they mostly are.
import { Geometry } from './geometry';
import { at, storePart } from './simd';

export function areSquares(g: Geometry): bool {
  return g.filterDepth == 1 && g.strideDepth == 1 && g.outDepth == g.inDepth && g.dilationHeight == 1 && g.dilationWidth == 1
    && g.filterHeight == 2 && g.filterWidth == 2 && g.strideHeight == 2 && g.strideWidth == 2 && g.padTop == 0 && g.padLeft == 0
    && 2 * g.outHeight <= g.inHeight && 2 * g.outWidth <= g.inWidth;
}

@inline
function largest(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
  return f32x4.pmax(f32x4.pmax(f32x4.pmax(f32x4.pmax(f32x4.splat(-Infinity), v0), v1), v2), v3);
}

/** y: the maximum of each square of x. */
export function maxOfSquares(x: usize, y: usize, g: Geometry): void {
  const channels = g.inChannels, pixel = (<usize>channels) << 2, line = <usize>g.inWidth * pixel, last = (channels - 1) & ~3;
  const end = y + (<usize>(g.batch * g.outDepth * g.outHeight * g.outWidth) * pixel);
  for (let i = 0; i < g.batch * g.outDepth; i++) {
    for (let row = 0; row < g.outHeight; row++) {
      let cells = x + <usize>(i * g.inHeight + 2 * row) * line;
      for (let column = 0; column < g.outWidth; column++) {
        for (let c = 0; c < channels; c += 4) {
          const cell = at(cells, c), below = cell + line, to = at(y, c);
          const v = largest(v128.load(cell), v128.load(cell + pixel), v128.load(below), v128.load(below + pixel));
          // What is stored beyond a cell, in whole vectors, the next one overwrites.
          if (to + 16 <= end) v128.store(to, v);
          else storePart(to, v, channels - last);
        }
        cells += pixel << 1;
        y += pixel;
      }
    }
  }
}

@inline
function storeFour(to: usize, v: v128, n: i32): void {
  if (n >= 4) v128.store(to, v);
  else storePart(to, v, n);
}

/** What flows back to four channels of a square. */
@inline
function giveBack(cell: usize, given: v128, to: usize, pixel: usize, line: usize): void {
  const v0 = v128.load(cell), v1 = v128.load(cell + pixel), v2 = v128.load(cell + line), v3 = v128.load(cell + line + pixel);
  const best = largest(v0, v1, v2, v3);
  let here = f32x4.eq(v0, best);
  v128.store(to, v128.and(given, here));
  given = v128.andnot(given, here);
  here = f32x4.eq(v1, best);
  v128.store(to + pixel, v128.and(given, here));
  given = v128.andnot(given, here);
  here = f32x4.eq(v2, best);
  v128.store(to + line, v128.and(given, here));
  v128.store(to + line + pixel, v128.and(v128.andnot(given, here), f32x4.eq(v3, best)));
}

/** dx: each square's dy goes to the first cell that holds its maximum. */
export function maxOfSquaresBack(x: usize, dy: usize, dx: usize, g: Geometry): void {
  const channels = g.inChannels, pixel = (<usize>channels) << 2, line = <usize>g.inWidth * pixel;
  if (2 * g.outHeight < g.inHeight || 2 * g.outWidth < g.inWidth) memory.fill(dx, 0, <usize>(g.batch * g.inDepth * g.inHeight) * line);
  for (let i = 0; i < g.batch * g.outDepth; i++) {
    for (let row = 0; row < g.outHeight; row++) {
      let cells = <usize>(i * g.inHeight + 2 * row) * line;
      if ((channels & 3) == 0) {
        for (let column = 0; column < g.outWidth; column++) {
          for (const end = cells + pixel; cells < end; cells += 16) {
            giveBack(x + cells, v128.load(dy), dx + cells, pixel, line);
            dy += 16;
          }
          cells += pixel;
        }
        continue;
      }
      for (let column = 0; column < g.outWidth; column++) {
        // The last channels first: what is stored of them beyond a cell, in whole vectors, the next cells overwrite, where there are enough.
        const atEnd = 2 * (g.outWidth - 1 - column) * channels < 3;
        for (let c = (channels - 1) & ~3; c >= 0; c -= 4) {
          const cell = at(cells, c), next = cell + pixel, below = cell + line, opposite = below + pixel, n = atEnd ? channels - c : 4;
          const v0 = v128.load(x + cell), v1 = v128.load(x + next), v2 = v128.load(x + below), v3 = v128.load(x + opposite);
          const best = largest(v0, v1, v2, v3);
          let given = v128.load(at(dy, c));
          let here = f32x4.eq(v0, best);
          storeFour(dx + cell, v128.and(given, here), n);
          given = v128.andnot(given, here);
          here = f32x4.eq(v1, best);
          storeFour(dx + next, v128.and(given, here), n);
          given = v128.andnot(given, here);
          here = f32x4.eq(v2, best);
          storeFour(dx + below, v128.and(given, here), n);
          given = v128.andnot(given, here);
          storeFour(dx + opposite, v128.and(given, f32x4.eq(v3, best)), n);
        }
        dy += pixel;
        cells += pixel << 1;
      }
    }
  }
}
