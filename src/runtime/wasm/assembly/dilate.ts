// Morphological dilation: the largest sum of a cell and its number in the filter. x [b, h, w, c], filter [fh, fw, c], y [b, h, w, c].
import { Geometry, endTap, firstTap } from './geometry';
import { at } from './simd';

@inline const FORWARD = 0;
@inline const BACK_INPUT = 1;
@inline const BACK_FILTER = 2;

@inline
function visitWindows(x: usize, filter: usize, y: usize, gradient: usize, g: Geometry, direction: i32): void {
  const channels = g.inChannels;
  for (let b = 0; b < g.batch; b++) {
    for (let row = 0; row < g.outHeight; row++) {
      const top = row * g.strideHeight - g.padTop;
      const firstRow = firstTap(top, g.dilationHeight), endRow = endTap(top, g.dilationHeight, g.filterHeight, g.inHeight);
      for (let column = 0; column < g.outWidth; column++) {
        const left = column * g.strideWidth - g.padLeft;
        const first = firstTap(left, g.dilationWidth), end = endTap(left, g.dilationWidth, g.filterWidth, g.inWidth);
        for (let c = 0; c < channels; c++) {
          let best: f32 = -Infinity;
          let place = -1;
          for (let p = firstRow; p < endRow; p++) {
            const line = (b * g.inHeight + top + p * g.dilationHeight) * g.inWidth + left;
            for (let tap = first; tap < end; tap++) {
              const cell = (line + tap * g.dilationWidth) * channels + c, weight = (p * g.filterWidth + tap) * channels + c;
              const sum = load<f32>(at(x, cell)) + load<f32>(at(filter, weight));
              if (sum > best) {
                best = sum;
                place = direction == BACK_INPUT ? cell : weight;
              }
            }
          }
          if (direction == FORWARD) store<f32>(at(y, c), best);
          else if (place >= 0) store<f32>(at(gradient, place), load<f32>(at(gradient, place)) + load<f32>(at(y, c)));
        }
        y += (<usize>channels) << 2;
      }
    }
  }
}

/** y of x and filter. */
export function dilate(x: usize, filter: usize, y: usize, geometry: usize): void {
  visitWindows(x, filter, y, 0, changetype<Geometry>(geometry), FORWARD);
}

/** dx: each window's dy goes to the cell that made the sum. */
export function dilateBackInput(x: usize, filter: usize, dy: usize, dx: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  memory.fill(dx, 0, (<usize>(g.batch * g.inHeight * g.inWidth * g.inChannels)) << 2);
  visitWindows(x, filter, dy, dx, g, BACK_INPUT);
}

/** dFilter: each window's dy goes to the number of the filter that made the sum. */
export function dilateBackFilter(x: usize, filter: usize, dy: usize, dFilter: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  memory.fill(dFilter, 0, (<usize>(g.filterHeight * g.filterWidth * g.inChannels)) << 2);
  visitWindows(x, filter, dy, dFilter, g, BACK_FILTER);
}
