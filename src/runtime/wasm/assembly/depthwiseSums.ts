// What a block of a depthwise convolution adds to the gradient by the filter.
import { blockColumns, blockRows, columnStep, lineStep, origin, rowStep, tapStep } from './block';
import { Geometry } from './geometry';
import { multiplyAdd } from './simd';

@inline
function addTo(place: usize, v: v128): void {
  v128.store(place, f32x4.add(v128.load(place), v));
}

/** Eight channels of three taps side by side. `pixel`: bytes from a pixel of dy to the next; `line`: from a row of it to the next. */
function sumThree(cells: usize, dy: usize, pixel: usize, line: usize, to: usize): void {
  const step = columnStep, tap = tapStep;
  let a0 = f32x4.splat(0), b0 = a0, c0 = a0, a1 = a0, b1 = a0, c1 = a0;
  for (let r = blockRows; r > 0; r--) {
    let cell = cells, given = dy;
    for (let n = blockColumns; n > 0; n--) {
      const next = cell + tap, last = next + tap;
      const d0 = v128.load(given), d1 = v128.load(given, 16);
      a0 = multiplyAdd(v128.load(cell), d0, a0);
      a1 = multiplyAdd(v128.load(cell, 16), d1, a1);
      b0 = multiplyAdd(v128.load(next), d0, b0);
      b1 = multiplyAdd(v128.load(next, 16), d1, b1);
      c0 = multiplyAdd(v128.load(last), d0, c0);
      c1 = multiplyAdd(v128.load(last, 16), d1, c1);
      cell += step;
      given += pixel;
    }
    cells += rowStep;
    dy += line;
  }
  addTo(to, a0);
  addTo(to + 16, a1);
  addTo(to + pixel, b0);
  addTo(to + pixel + 16, b1);
  addTo(to + 2 * pixel, c0);
  addTo(to + 2 * pixel + 16, c1);
}

/** Four channels of one tap. */
function sumOne(cells: usize, dy: usize, pixel: usize, line: usize, to: usize): void {
  const step = columnStep;
  let sum = f32x4.splat(0);
  for (let r = blockRows; r > 0; r--) {
    let cell = cells, given = dy;
    for (let n = blockColumns; n > 0; n--) {
      sum = multiplyAdd(v128.load(cell), v128.load(given), sum);
      cell += step;
      given += pixel;
    }
    cells += rowStep;
    dy += line;
  }
  addTo(to, sum);
}

/** Adds the block's cells · dy to dFilter, tap by tap; `dy`: what belongs to the block's first window. */
export function addProduct(dy: usize, dFilter: usize, g: Geometry): void {
  const channels = g.inChannels, pixel = (<usize>channels) << 2, line = <usize>g.outWidth * pixel;
  for (let p = 0; p < g.filterHeight; p++) {
    let q = 0;
    for (; q < g.filterWidth; ) {
      const cells = origin + <usize>p * lineStep + <usize>q * tapStep, to = dFilter + <usize>(p * g.filterWidth + q) * pixel;
      const three = q + 3 <= g.filterWidth;
      let c: usize = 0;
      if (three) for (; c + 32 <= pixel; c += 32) sumThree(cells + c, dy + c, pixel, line, to + c);
      for (; c < pixel; c += 16) {
        sumOne(cells + c, dy + c, pixel, line, to + c);
        if (three) {
          sumOne(cells + tapStep + c, dy + c, pixel, line, to + pixel + c);
          sumOne(cells + 2 * tapStep + c, dy + c, pixel, line, to + 2 * pixel + c);
        }
      }
      q += three ? 3 : 1;
    }
  }
}
