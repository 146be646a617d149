// Rows read from, and written to, where int32 indices say.
import { addRow, copyRow, clearRow } from './rows';
import { at } from './simd';

let missing = false;

/** Whether `gather` was asked for a row that there is not since this was last called. */
export function missed(): bool {
  const was = missing;
  missing = false;
  return was;
}

/** y[batch, outer, count, inner] = rows of x[batch, outer, n, inner], four bytes an element; each of the batch has `count` indices. Rows that there are not are 0, and `missed`. */
export function gather(x: usize, indices: usize, y: usize, batch: i32, outer: i32, n: i32, count: i32, inner: i32): void {
  const row = (<usize>inner) << 2;
  for (let b = 0; b < batch; b++) {
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < count; i++) {
        const index = load<i32>(at(indices, b * count + i));
        if (index >= 0 && index < n) {
          copyRow(y, x + <usize>index * row, inner);
        } else {
          clearRow(y, inner);
          missing = true;
        }
        y += row;
      }
      x += <usize>n * row;
    }
  }
}

/** The row of an array that `depth` indices name, or -1 if there is none; `sizes`: the array's first axes. */
@inline
function place(indices: usize, sizes: usize, depth: i32): i32 {
  let row = 0;
  for (let i = 0; i < depth; i++) {
    const index = load<i32>(at(indices, i)), size = load<i32>(at(sizes, i));
    if (index < 0 || index >= size) return -1;
    row = row * size + index;
  }
  return row;
}

/** y[count, inner] = the rows of x that indices[count, depth] name; x is [sizes…, inner]. Rows that there are not are 0. */
export function gatherPlaces(x: usize, indices: usize, y: usize, sizes: usize, depth: i32, count: i32, inner: i32): void {
  for (let i = 0; i < count; i++) {
    const row = place(at(indices, i * depth), sizes, depth);
    if (row >= 0) copyRow(at(y, i * inner), at(x, row * inner), inner);
    else clearRow(at(y, i * inner), inner);
  }
}

/** Writes the rows x[count, inner] to y where indices[count, depth] say, or adds them (floats) to what is there. */
export function scatterPlaces(x: usize, indices: usize, y: usize, sizes: usize, depth: i32, count: i32, inner: i32, add: bool): void {
  for (let i = 0; i < count; i++) {
    const row = place(at(indices, i * depth), sizes, depth);
    if (row < 0) continue;
    if (add) addRow(at(y, row * inner), at(x, i * inner), inner);
    else copyRow(at(y, row * inner), at(x, i * inner), inner);
  }
}

/** y[n, depth], filled beforehand: four bytes at the place that each of indices[n] names; none where it names none. */
export function markPlaces(indices: usize, y: usize, n: i32, depth: i32, bits: i32): void {
  for (let i = 0; i < n; i++) {
    const index = load<i32>(at(indices, i));
    if (index >= 0 && index < depth) store<i32>(at(y, i * depth + index), bits);
  }
}
