/**
 * Bounds that put about as many numbers into each bin, learnt batch by batch from a summary of bounded size: what Keras's `Discretization.adapt` computes,
 * to its rounding.
 */

/** Numbers in order, each with how many it stands for. */
interface Summary { readonly values: Float32Array; readonly counts: Float32Array }

/** Straight lines between points; flat beyond them. NumPy's `interp`. */
function interpolate(at: readonly number[], xs: ArrayLike<number>, ys: ArrayLike<number>): number[] {
  const last = xs.length - 1;
  let i = 0;
  return at.map((x) => {
    if (x <= xs[0]!) return ys[0]!;
    if (x >= xs[last]!) return ys[last]!;
    while (xs[i + 1]! <= x) i++;
    return xs[i] === x ? ys[i]! : ((ys[i + 1]! - ys[i]!) / (xs[i + 1]! - xs[i]!)) * (x - xs[i]!) + ys[i]!;
  });
}

/** A summary of about `1 / share` numbers. */
function compress(summary: Summary, share: number): Summary {
  const { values, counts } = summary;
  if (values.length * share < 1) return summary;
  const shares = Array.from({ length: Math.ceil(1 / share) }, (_, i) => share + i * share);
  let sum = 0;
  const sums = counts.map((count) => (sum = Math.fround(sum + count)));
  const reached = sums.map((each) => each / sum);
  const atShares = interpolate(shares, reached, sums);
  return {
    values: Float32Array.from(interpolate(shares, reached, values)),
    counts: Float32Array.from(atShares, (each, i) => each - (i === 0 ? 0 : atShares[i - 1]!)),
  };
}

function summarize(numbers: ArrayLike<number>, precision: number): Summary {
  const sorted = Float32Array.from(numbers).sort();
  const step = Math.max(sorted.length / (1 / precision), 1);
  const [first, stride] = [Math.trunc(step - 1), Math.trunc(step)];
  const values = sorted.filter((_, i) => i >= first && (i - first) % stride === 0);
  return { values, counts: new Float32Array(values.length).fill(step) };
}

function merge(a: Summary, b: Summary): Summary {
  const values = [...a.values, ...b.values];
  const counts = [...a.counts, ...b.counts];
  const order = values.map((_, i) => i).sort((i, j) => values[i]! - values[j]!);
  return { values: Float32Array.from(order, (i) => values[i]!), counts: Float32Array.from(order, (i) => counts[i]!) };
}

export class Quantiles {
  #summary: Summary = { values: new Float32Array(), counts: new Float32Array() };
  readonly #precision: number;

  /** @param precision - share of the numbers that a bound may be off by */
  constructor(precision: number) {
    this.#precision = precision;
  }

  add(numbers: ArrayLike<number>): void {
    this.#summary = compress(merge(summarize(numbers, this.#precision), this.#summary), this.#precision);
  }

  /** One bound less than bins, or fewer where there are not so many numbers; bounds may be equal. */
  bounds(bins: number): readonly number[] {
    return Array.from(compress(this.#summary, 1 / bins).values.slice(0, -1));
  }
}
