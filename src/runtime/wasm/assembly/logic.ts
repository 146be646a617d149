// Tests on bytes of 0 or 1.

/** y[n] = a and b. */
export function and(a: usize, b: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<u8>(y + i, load<u8>(a + i) & load<u8>(b + i));
}

/** y[n] = a or b. */
export function or(a: usize, b: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<u8>(y + i, load<u8>(a + i) | load<u8>(b + i));
}

/** y[outer, inner]: whether all of x[outer, n, inner] hold along the middle axis, or whether any does. */
export function quantify(x: usize, y: usize, outer: i32, n: i32, inner: i32, any: bool): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let result: u8 = any ? 0 : 1;
      let p = x + <usize>(o * n * inner + i);
      for (let k = 0; k < n; k++) {
        const value: u8 = load<u8>(p) != 0 ? 1 : 0;
        result = any ? result | value : result & value;
        p += inner;
      }
      store<u8>(y + <usize>(o * inner + i), result);
    }
  }
}
