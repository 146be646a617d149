import { exponentialBelow0 } from './elementary';
import { at, loadPart, storePart, sumOfLanes } from './simd';
import { tableAddress } from './table';

/** The largest of n numbers, of which one that is not a number may be overlooked. */
function largest(x: usize, n: i32): f32 {
  let a = f32x4.splat(-Infinity), b = a;
  for (; n >= 8; n -= 8) {
    a = f32x4.pmax(a, v128.load(x));
    b = f32x4.pmax(b, v128.load(x, 16));
    x += 32;
  }
  a = f32x4.pmax(a, b);
  let most = max(max(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1)), max(f32x4.extract_lane(a, 2), f32x4.extract_lane(a, 3)));
  for (; n > 0; n--) {
    most = max(most, load<f32>(x));
    x += 4;
  }
  return most;
}

/** y[rows, n] = eˣ of each row, divided by their sum. */
export function softmax(x: usize, y: usize, rows: i32, n: i32): void {
  const t = tableAddress();
  for (let r = 0; r < rows; r++) {
    const from = at(x, r * n), to = at(y, r * n);
    const shift = f32x4.splat(largest(from, n));
    let a = f32x4.splat(0), b = a;
    let i = 0;
    for (; i + 8 <= n; i += 8) {
      const v = exponentialBelow0(f32x4.sub(v128.load(at(from, i)), shift), t), w = exponentialBelow0(f32x4.sub(v128.load(at(from, i), 16), shift), t);
      a = f32x4.add(a, v);
      b = f32x4.add(b, w);
      v128.store(at(to, i), v);
      v128.store(at(to, i), w, 16);
    }
    let sum = sumOfLanes(f32x4.add(a, b));
    if (i + 4 <= n) {
      const v = exponentialBelow0(f32x4.sub(v128.load(at(from, i)), shift), t);
      v128.store(at(to, i), v);
      sum += sumOfLanes(v);
      i += 4;
    }
    if (i < n) {
      storePart(at(to, i), exponentialBelow0(f32x4.sub(loadPart(at(from, i), n - i), shift), t), n - i);
      for (; i < n; i++) sum += load<f32>(at(to, i));
    }
    const factor = f32x4.splat(<f32>1 / sum);
    for (i = 0; i + 4 <= n; i += 4) v128.store(at(to, i), f32x4.mul(v128.load(at(to, i)), factor));
    if (i < n) storePart(at(to, i), f32x4.mul(loadPart(at(to, i), n - i), factor), n - i);
  }
}
