// Images of another size, [batch, height, width, channels], with TensorFlow's three ways to lay one grid of pixels over another.
import { at } from './simd';
import { copyRow } from './rows';

/** Where the i-th of the new pixels lies among the old ones. */
@inline
function source(i: i32, scale: f32, centers: bool): f32 {
  return centers ? (<f32>i + 0.5) * scale - 0.5 : <f32>i * scale;
}

/** y[batch, outHeight, outWidth, channels]: between the four nearest pixels of x. `centers`: pixels are at their centres, not their corners. */
export function resizeBilinear(
  x: usize, y: usize, batch: i32, height: i32, width: i32, outHeight: i32, outWidth: i32, channels: i32, heightScale: f32, widthScale: f32, centers: bool,
): void {
  const line = (<usize>(width * channels)) << 2, pixel = (<usize>channels) << 2;
  for (let b = 0; b < batch; b++) {
    for (let r = 0; r < outHeight; r++) {
      const row = source(r, heightScale, centers), top = max(<f32>0, floor(row)), down = row - top;
      const upper = x + <usize>(<i32>top) * line, lower = x + <usize>min(height - 1, <i32>max(<f32>0, ceil(row))) * line;
      for (let c = 0; c < outWidth; c++) {
        const column = source(c, widthScale, centers), left = max(<f32>0, floor(column)), across = column - left;
        const p = <usize>(<i32>left) * pixel, q = <usize>min(width - 1, <i32>max(<f32>0, ceil(column))) * pixel;
        for (let i: usize = 0; i < pixel; i += 4) {
          const topLeft = load<f32>(upper + p + i), bottomLeft = load<f32>(lower + p + i);
          const above = topLeft + (load<f32>(upper + q + i) - topLeft) * across, below = bottomLeft + (load<f32>(lower + q + i) - bottomLeft) * across;
          store<f32>(y + i, above + (below - above) * down);
        }
        y += pixel;
      }
    }
    x += <usize>height * line;
  }
}

@inline
function nearest(i: i32, scale: f32, centers: bool, corners: bool, size: i32): i32 {
  const place = centers ? (<f32>i + 0.5) * scale : <f32>i * scale;
  return min(size - 1, <i32>(corners ? floor(place + 0.5) : floor(place)));
}

/** y[batch, outHeight, outWidth, channels]: the nearest pixels of x. `corners`: the outermost pixels lie on each other. */
export function resizeNearest(
  x: usize, y: usize, batch: i32, height: i32, width: i32, outHeight: i32, outWidth: i32, channels: i32, heightScale: f32, widthScale: f32, centers: bool, corners: bool,
): void {
  for (let b = 0; b < batch; b++) {
    for (let r = 0; r < outHeight; r++) {
      const line = (b * height + nearest(r, heightScale, centers, corners, height)) * width;
      for (let c = 0; c < outWidth; c++) {
        copyRow(y, at(x, (line + nearest(c, widthScale, centers, corners, width)) * channels), channels);
        y += (<usize>channels) << 2;
      }
    }
  }
}
