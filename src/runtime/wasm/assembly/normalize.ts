import { multiplyAdd } from './simd';

/** y[rows, n] = (x - mean) / √(variance + epsilon) · scale + offset, by columns; scale and offset are 0 for none. */
export function normalize(x: usize, mean: usize, variance: usize, offset: usize, scale: usize, y: usize, rows: i32, n: i32, epsilon: f32): void {
  const line = (<usize>n) << 2;
  for (let i: usize = 0; i < line; i += 4) {
    const wanted = (line - i) >= 16 ? 4 : 1;
    const factor = columns(variance + i, wanted);
    let slope = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(factor, f32x4.splat(epsilon))));
    if (scale) slope = f32x4.mul(slope, columns(scale + i, wanted));
    const middle = columns(mean + i, wanted);
    const shift = offset ? columns(offset + i, wanted) : f32x4.splat(0);
    let from = x + i, to = y + i;
    for (let r = 0; r < rows; r++) {
      const v = multiplyAdd(f32x4.sub(columns(from, wanted), middle), slope, shift);
      if (wanted == 4) v128.store(to, v);
      else v128.store32_lane(to, v, 0);
      from += line;
      to += line;
    }
    if (wanted == 4) i += 12;
  }
}

@inline
function columns(p: usize, n: i32): v128 {
  return n == 4 ? v128.load(p) : v128.load32_splat(p);
}
