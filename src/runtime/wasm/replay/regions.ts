/** The stretches of the heap that a recording writes to: the state's tensors, and what is computed on the way. */

export interface Region {
  readonly start: number;
  readonly bytes: number;
  /** Made on the way: its numbers last from the first call that touches it to the last. */
  readonly passing: boolean;
}

export class Regions {
  readonly #sorted: readonly Region[];

  constructor(regions: readonly Region[]) {
    this.#sorted = regions.filter(({ bytes }) => bytes > 0).sort((a, b) => a.start - b.start);
  }

  /** The region that an address lies in; of what is written once and for all, none. */
  at(address: number): Region | undefined {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.#sorted[low - 1];
    return found && address < found.start + found.bytes ? found : undefined;
  }
}
