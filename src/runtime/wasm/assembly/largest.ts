import { at } from './simd';

/** values[rows, k] and places[rows, k] (int32): the k largest numbers of each row of x[rows, n], in falling order, and where they are; of equals the first comes first. */
export function largest(x: usize, values: usize, places: usize, rows: i32, n: i32, k: i32): void {
  for (let r = 0; r < rows; r++) {
    let found = 0;
    for (let i = 0; i < n; i++) {
      const v = load<f32>(at(x, i));
      if (found == k && !(v > load<f32>(at(values, k - 1)))) continue;
      let to = found < k ? found++ : k - 1;
      for (; to > 0 && v > load<f32>(at(values, to - 1)); to--) {
        store<f32>(at(values, to), load<f32>(at(values, to - 1)));
        store<i32>(at(places, to), load<i32>(at(places, to - 1)));
      }
      store<f32>(at(values, to), v);
      store<i32>(at(places, to), i);
    }
    x = at(x, n);
    values = at(values, k);
    places = at(places, k);
  }
}
