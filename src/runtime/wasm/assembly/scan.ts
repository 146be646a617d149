import { PRODUCT } from './operations';
import { at } from './simd';

/** y[outer, n, inner]: running sums of x along the middle axis (products if `operation` says so), without the element itself if `exclusive`, from the end if `reverse`. */
export function scan(operation: i32, x: usize, y: usize, outer: i32, n: i32, inner: i32, exclusive: bool, reverse: bool): void {
  const product = operation == PRODUCT;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let total: f32 = product ? 1 : 0;
      for (let k = 0; k < n; k++) {
        const p = (o * n + (reverse ? n - 1 - k : k)) * inner + i;
        const v = load<f32>(at(x, p));
        const next = product ? total * v : total + v;
        store<f32>(at(y, p), exclusive ? total : next);
        total = next;
      }
    }
  }
}
