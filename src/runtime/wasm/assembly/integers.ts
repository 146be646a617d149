/** y[outer, inner]: the sums of x[outer, n, inner] (int32) over its middle axis. */
export function sumIntegers(x: usize, y: usize, outer: i32, n: i32, inner: i32): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let sum = 0;
      let p = x + (<usize>(o * n * inner + i) << 2);
      for (let k = 0; k < n; k++) {
        sum += load<i32>(p);
        p += <usize>inner << 2;
      }
      store<i32>(y + (<usize>(o * inner + i) << 2), sum);
    }
  }
}
