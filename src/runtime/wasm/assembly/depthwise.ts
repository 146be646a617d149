// Depthwise convolution and its gradients: each channel on its own, with `multiplier` filters. [b, h, w, c] → [b, h, w, c · multiplier].
import { hasBlocks, slideWindows, sumWindows } from './depthwiseBlocks';
import { Geometry, endTap, firstTap } from './geometry';
import { mirrored } from './mirror';
import { addProductRow, clearRow, finishRow } from './rows';
import { at } from './simd';

/** to[c · multiplier + m] += x[c] · f[c · multiplier + m]. */
function spreadProduct(to: usize, x: usize, f: usize, channels: i32, multiplier: i32): void {
  for (let c = 0; c < channels; c++) {
    const v = load<f32>(x);
    for (let m = 0; m < multiplier; m++) {
      store<f32>(to, load<f32>(to) + v * load<f32>(f));
      to += 4;
      f += 4;
    }
    x += 4;
  }
}

/** to[c] += Σₘ dy[c · multiplier + m] · f[c · multiplier + m]. */
function gatherProduct(to: usize, dy: usize, f: usize, channels: i32, multiplier: i32): void {
  for (let c = 0; c < channels; c++) {
    let sum = load<f32>(to);
    for (let m = 0; m < multiplier; m++) {
      sum += load<f32>(dy) * load<f32>(f);
      dy += 4;
      f += 4;
    }
    store<f32>(to, sum);
    to += 4;
  }
}

@inline const FORWARD = 0;
@inline const BACK_INPUT = 1;
@inline const BACK_FILTER = 2;

@inline
function visitTaps(x: usize, filter: usize, y: usize, g: Geometry, direction: i32, bias: usize, low: f32, high: f32): void {
  const channels = g.inChannels, out = g.outChannels, multiplier = out / channels;
  const inWidth = g.inWidth, inHeight = g.inHeight;
  for (let b = 0; b < g.batch; b++) {
    for (let row = 0; row < g.outHeight; row++) {
      const top = row * g.strideHeight - g.padTop;
      const firstRow = firstTap(top, g.dilationHeight), endRow = endTap(top, g.dilationHeight, g.filterHeight, inHeight);
      for (let column = 0; column < g.outWidth; column++) {
        const left = column * g.strideWidth - g.padLeft;
        const first = firstTap(left, g.dilationWidth), end = endTap(left, g.dilationWidth, g.filterWidth, inWidth);
        if (direction == FORWARD) clearRow(y, out);
        for (let p = firstRow; p < endRow; p++) {
          const line = (b * inHeight + top + p * g.dilationHeight) * inWidth + left;
          for (let tap = first; tap < end; tap++) {
            const pixel = at(x, (line + tap * g.dilationWidth) * channels);
            const weights = at(filter, (p * g.filterWidth + tap) * out);
            if (direction == FORWARD) {
              if (multiplier == 1) addProductRow(y, pixel, weights, channels);
              else spreadProduct(y, pixel, weights, channels, multiplier);
            } else if (direction == BACK_INPUT) {
              if (multiplier == 1) addProductRow(pixel, y, weights, channels);
              else gatherProduct(pixel, y, weights, channels, multiplier);
            } else {
              if (multiplier == 1) addProductRow(weights, pixel, y, channels);
              else spreadProduct(weights, pixel, y, channels, multiplier);
            }
          }
        }
        if (direction == FORWARD) finishRow(y, bias, out, low, high);
        y += (<usize>out) << 2;
      }
    }
  }
}

/** y = x * filter (+ bias), bounded to [low, high]. x [b, h, w, c], filter [fh, fw, c, m], y [b, h, w, c · m]; `bias`: 0 for none. */
export function depthwise(x: usize, filter: usize, y: usize, geometry: usize, bias: usize, low: f32, high: f32): void {
  const g = changetype<Geometry>(geometry);
  if (hasBlocks(g)) slideWindows(x, filter, y, g, false, bias, low, high);
  else visitTaps(x, filter, y, g, FORWARD, bias, low, high);
}

/** dx of dy and filter. */
export function depthwiseBackInput(dy: usize, filter: usize, dx: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  if (hasBlocks(g) && g.strideHeight == 1 && g.strideWidth == 1) {
    slideWindows(dy, filter, dx, mirrored(g), true, 0, -Infinity, Infinity);
    return;
  }
  memory.fill(dx, 0, (<usize>(g.batch * g.inHeight * g.inWidth * g.inChannels)) << 2);
  visitTaps(dx, filter, dy, g, BACK_INPUT, 0, 0, 0);
}

/** dFilter of x and dy. */
export function depthwiseBackFilter(x: usize, dy: usize, dFilter: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  if (hasBlocks(g)) {
    sumWindows(x, dy, dFilter, g);
    return;
  }
  memory.fill(dFilter, 0, (<usize>(g.filterHeight * g.filterWidth * g.outChannels)) << 2);
  visitTaps(x, dFilter, dy, g, BACK_FILTER, 0, 0, 0);
}
