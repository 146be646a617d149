import { exponentialBelow0 } from './elementary';
import { LARGEST, SUM } from './operations';
import { reduce } from './reduce';
import { at, loadPart, storePart } from './simd';
import { tableAddress } from './table';

/** y[rows, n] = eˣ of each row, divided by their sum. */
export function softmax(x: usize, y: usize, rows: i32, n: i32): void {
  const t = tableAddress();
  for (let r = 0; r < rows; r++) {
    const from = at(x, r * n), to = at(y, r * n);
    // The first number of the result holds the maximum, then the sum, for as long as they are needed.
    reduce(LARGEST, from, to, 1, n, 1, 1);
    const largest = v128.load32_splat(to);
    let i = 0;
    for (; i + 4 <= n; i += 4) v128.store(at(to, i), exponentialBelow0(f32x4.sub(v128.load(at(from, i)), largest), t));
    if (i < n) storePart(at(to, i), exponentialBelow0(f32x4.sub(loadPart(at(from, i), n - i), largest), t), n - i);
    const first = load<f32>(to);
    reduce(SUM, to, to, 1, n, 1, 1);
    const factor = f32x4.div(f32x4.splat(1), v128.load32_splat(to));
    store<f32>(to, first);
    for (i = 0; i + 4 <= n; i += 4) v128.store(at(to, i), f32x4.mul(v128.load(at(to, i)), factor));
    if (i < n) storePart(at(to, i), f32x4.mul(loadPart(at(to, i), n - i), factor), n - i);
  }
}
