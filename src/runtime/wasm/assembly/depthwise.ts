// Depthwise convolution and its gradients: each channel on its own, with `multiplier` filters. [b, h, w, c] → [b, h, w, c · multiplier].
import { Geometry, endTap, firstTap } from './geometry';
import { addProductRow, clearRow, finishRow } from './rows';
import { at, multiplyAdd } from './simd';

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

/**
 * y[c] = Σ x[tap, c] · f[tap, c] for `n` (a multiple of 16) channels, over the taps of a window that lie inside. The sums stay in registers.
 * `lineStep`, `tapStep`: bytes from a line of taps to the next in x, and from a tap to the next; `filterLine`, `filterTap`: the same in f.
 */
function multiplyWindow(x: usize, f: usize, y: usize, n: i32, lines: i32, taps: i32, lineStep: usize, tapStep: usize, filterLine: usize, filterTap: usize): void {
  for (; n >= 16; n -= 16) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    let line = x, weights = f;
    for (let p = 0; p < lines; p++) {
      let pixel = line, weight = weights;
      for (let tap = 0; tap < taps; tap++) {
        a = multiplyAdd(v128.load(pixel), v128.load(weight), a);
        b = multiplyAdd(v128.load(pixel, 16), v128.load(weight, 16), b);
        c = multiplyAdd(v128.load(pixel, 32), v128.load(weight, 32), c);
        d = multiplyAdd(v128.load(pixel, 48), v128.load(weight, 48), d);
        pixel += tapStep;
        weight += filterTap;
      }
      line += lineStep;
      weights += filterLine;
    }
    v128.store(y, a);
    v128.store(y, b, 16);
    v128.store(y, c, 32);
    v128.store(y, d, 48);
    x += 64;
    f += 64;
    y += 64;
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
        if (direction == FORWARD && multiplier == 1 && (channels & 15) == 0) {
          const corner = ((b * inHeight + top + firstRow * g.dilationHeight) * inWidth + left + first * g.dilationWidth) * channels;
          multiplyWindow(
            at(x, corner), at(filter, (firstRow * g.filterWidth + first) * out), y, channels, endRow - firstRow, end - first,
            (<usize>(g.dilationHeight * inWidth * channels)) << 2, (<usize>(g.dilationWidth * channels)) << 2, (<usize>(g.filterWidth * out)) << 2, (<usize>out) << 2,
          );
          if (bias || low > -Infinity || high < Infinity) finishRow(y, bias, out, low, high);
          y += (<usize>out) << 2;
          continue;
        }
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
  visitTaps(x, filter, y, changetype<Geometry>(geometry), FORWARD, bias, low, high);
}

/** dx of dy and filter. */
export function depthwiseBackInput(dy: usize, filter: usize, dx: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  memory.fill(dx, 0, (<usize>(g.batch * g.inHeight * g.inWidth * g.inChannels)) << 2);
  visitTaps(dx, filter, dy, g, BACK_INPUT, 0, 0, 0);
}

/** dFilter of x and dy. */
export function depthwiseBackFilter(x: usize, dy: usize, dFilter: usize, geometry: usize): void {
  const g = changetype<Geometry>(geometry);
  memory.fill(dFilter, 0, (<usize>(g.filterHeight * g.filterWidth * g.outChannels)) << 2);
  visitTaps(x, dFilter, dy, g, BACK_FILTER, 0, 0, 0);
}
