import { addRow } from './rows';
import { at } from './simd';

/** out[segments, inner]: the sum of the rows of x[n, inner] that `ids` (int32) sends there; rows sent elsewhere count for nothing. */
export function segmentSum(x: usize, ids: usize, out: usize, n: i32, inner: i32, segments: i32): void {
  memory.fill(out, 0, (<usize>segments * <usize>inner) << 2);
  const row = (<usize>inner) << 2;
  for (let i = 0; i < n; i++) {
    const id = load<i32>(at(ids, i));
    if (id >= 0 && id < segments) addRow(out + <usize>id * row, x + <usize>i * row, inner);
  }
}
