/** Mean and variance of numbers that come in batches, exact to float64: each batch by two passes, then merged (Chan, Golub and LeVeque, 1979). */
import type { TypedArray } from '../../src/core/array.ts';

export class Moments {
  readonly #mean: Float64Array;
  /** Sums of squared distances from the mean. */
  readonly #squares: Float64Array;
  #count = 0;

  constructor(statistics: number) {
    this.#mean = new Float64Array(statistics);
    this.#squares = new Float64Array(statistics);
  }

  /** Takes in examples; `slots` says, for each number of one of them, which statistic it counts towards. */
  add(data: TypedArray, slots: Int32Array): void {
    const n = this.#mean.length;
    const count = data.length / n;
    const mean = new Float64Array(n);
    const squares = new Float64Array(n);
    const width = slots.length;
    for (let i = 0, at = 0; i < data.length; i++, at = at + 1 === width ? 0 : at + 1) mean[slots[at]!]! += data[i]! / count;
    for (let i = 0, at = 0; i < data.length; i++, at = at + 1 === width ? 0 : at + 1) squares[slots[at]!]! += (data[i]! - mean[slots[at]!]!) ** 2;
    const share = count / (this.#count + count);
    for (let slot = 0; slot < n; slot++) {
      const apart = mean[slot]! - this.#mean[slot]!;
      this.#mean[slot]! += apart * share;
      this.#squares[slot]! += squares[slot]! + apart * apart * this.#count * share;
    }
    this.#count += count;
  }

  get mean(): Float32Array {
    return Float32Array.from(this.#mean);
  }

  /** Of all numbers, not an estimate from a sample. */
  get variance(): Float32Array {
    return Float32Array.from(this.#squares, (sum) => sum / this.#count);
  }
}
