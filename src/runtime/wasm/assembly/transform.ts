// Images moved by a projective map each, [batch, height, width, channels]: the arithmetic of TensorFlow's ImageProjectiveTransformV3, in its order.
import { at } from './simd';
import { copyRow } from './rows';

// What lies beyond the edge.
const CONSTANT = 0, REFLECT = 1, WRAP = 2;

@inline
function reflected(place: f32, length: f32): f32 {
  const period: f32 = 2 * length;
  if (place < 0) {
    place += period * trunc(-place / period);
    return place < -length ? place + period : -place - 1;
  }
  place -= period * trunc(place / period);
  return place >= length ? period - place - 1 : place;
}

/** TensorFlow counts the times to go round by the length less one. */
@inline
function wrapped(place: f32, length: f32): f32 {
  if (place < 0) return place + length * (trunc(-place / (length - 1)) + 1);
  return place - length * trunc(place / (length - 1));
}

/** Where on an axis of `size` pixels a place is looked up; only with a constant around the image may that be beyond the edge. */
@inline
function inside(place: f32, size: i32, mode: i32): f32 {
  if (mode == CONSTANT) return place;
  const length = <f32>size, last = length - 1;
  if (mode == REFLECT || mode == WRAP) {
    if (size <= 1) return 0;
    if (place < 0 || place > last) place = mode == REFLECT ? reflected(place, length) : wrapped(place, length);
  }
  return min(max(place, <f32>0), last);
}

/** To the nearest whole number; halves go away from 0. */
@inline
function rounded(place: f32): f32 {
  const size = abs(place), whole = floor(size);
  return copysign(size - whole >= 0.5 ? whole + 1 : whole, place);
}

/** The address of a pixel, 0 beyond the edge and for what is no number. */
@inline
function pixelAt(x: usize, row: f32, column: f32, height: i32, width: i32, channels: i32): usize {
  if (!(row >= 0 && row < <f32>height && column >= 0 && column < <f32>width)) return 0;
  return at(x, (<i32>row * width + <i32>column) * channels);
}

@inline
function valueOr(pixel: usize, i: usize, fillValue: f32): f32 {
  return pixel ? load<f32>(pixel + i) : fillValue;
}

/**
 * y[batch, outHeight, outWidth, channels]: the pixel of column c and row r is taken from column (m0 c + m1 r + m2) / k and row (m3 c + m4 r + m5) / k
 * of x, k = m6 c + m7 r + 1. `maps`: eight numbers m for each image, or (`mapStride` 0, not 8) for all. `bilinear`: between four pixels of x, not the
 * nearest. `mode`: around x lies 0 `fillValue`, 1 x mirrored, 2 x again, 3 its edge.
 */
export function transform(
  x: usize, maps: usize, y: usize, batch: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, mapStride: i32, bilinear: bool, mode: i32, fillValue: f32,
): void {
  const pixel = (<usize>channels) << 2;
  for (let b = 0; b < batch; b++) {
    const m0 = load<f32>(maps), m1 = load<f32>(maps, 4), m2 = load<f32>(maps, 8), m3 = load<f32>(maps, 12);
    const m4 = load<f32>(maps, 16), m5 = load<f32>(maps, 20), m6 = load<f32>(maps, 24), m7 = load<f32>(maps, 28);
    for (let r = 0; r < outHeight; r++) {
      for (let c = 0; c < outWidth; c++) {
        const k = m6 * <f32>c + m7 * <f32>r + 1;
        // At infinity there is nothing but what is around the image, in every mode.
        const seen = k != 0;
        const column = inside((m0 * <f32>c + m1 * <f32>r + m2) / k, width, mode), row = inside((m3 * <f32>c + m4 * <f32>r + m5) / k, height, mode);
        if (!bilinear || !seen) {
          const from = seen ? pixelAt(x, rounded(row), rounded(column), height, width, channels) : 0;
          if (from) copyRow(y, from, channels);
          else for (let i: usize = 0; i < pixel; i += 4) store<f32>(y + i, fillValue);
        } else {
          const top = floor(row), left = floor(column), bottom = top + 1, right = left + 1;
          const fromRight = right - column, fromLeft = column - left, fromBottom = bottom - row, fromTop = row - top;
          const topLeft = pixelAt(x, top, left, height, width, channels), topRight = pixelAt(x, top, right, height, width, channels);
          const bottomLeft = pixelAt(x, bottom, left, height, width, channels), bottomRight = pixelAt(x, bottom, right, height, width, channels);
          for (let i: usize = 0; i < pixel; i += 4) {
            const above = fromRight * valueOr(topLeft, i, fillValue) + fromLeft * valueOr(topRight, i, fillValue);
            const below = fromRight * valueOr(bottomLeft, i, fillValue) + fromLeft * valueOr(bottomRight, i, fillValue);
            store<f32>(y + i, fromBottom * above + fromTop * below);
          }
        }
        y += pixel;
      }
    }
    x += (<usize>(height * width * channels)) << 2;
    maps += (<usize>mapStride) << 2;
  }
}
