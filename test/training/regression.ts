/** Linear regression by stochastic gradient descent, in plain JavaScript: what `fit` must come to. */

export interface Rows { readonly x: readonly (readonly number[])[]; readonly y: readonly number[]; readonly weights?: readonly number[] }

const predicted = (row: readonly number[], { w, b }: Line) => row.reduce((sum, value, i) => sum + value * w[i]!, b);

export interface Line { w: number[]; b: number }

/** Mean of the weighted squared errors over a batch; the weights do not change the divisor. */
const lossOf = ({ x, y, weights }: Rows, line: Line) =>
  x.reduce((sum, row, i) => sum + (weights?.[i] ?? 1) * (predicted(row, line) - y[i]!) ** 2, 0) / x.length;

function step({ x, y, weights }: Rows, line: Line, rate: number): void {
  const slopes = line.w.map(() => 0);
  let slope = 0;
  x.forEach((row, i) => {
    const error = (2 * (weights?.[i] ?? 1) * (predicted(row, line) - y[i]!)) / x.length;
    row.forEach((value, j) => (slopes[j]! += error * value));
    slope += error;
  });
  slopes.forEach((each, j) => (line.w[j]! -= rate * each));
  line.b -= rate * slope;
}

const rowsAt = ({ x, y, weights }: Rows, at: readonly number[]): Rows =>
  ({ x: at.map((i) => x[i]!), y: at.map((i) => y[i]!), ...(weights && { weights: at.map((i) => weights[i]!) }) });

/** Loss of data that are only looked at. */
export const evaluated = lossOf;

/** Trains; gives the loss of each epoch, as the mean over its examples of the losses that their batches had before their update. */
export function trained(data: Rows, line: Line, { epochs, batchSize, rate, orders }: { epochs: number; batchSize: number; rate: number; orders?: readonly (readonly number[])[] }): number[] {
  const inOrder = data.x.map((_, i) => i);
  return Array.from({ length: epochs }, (_, epoch) => {
    const order = orders?.[epoch] ?? inOrder;
    let sum = 0;
    for (let at = 0; at < order.length; at += batchSize) {
      const batch = rowsAt(data, order.slice(at, at + batchSize));
      sum += lossOf(batch, line) * batch.x.length;
      step(batch, line, rate);
    }
    return sum / order.length;
  });
}

/** Numbers that follow from nothing but their place. */
export const rows = (n: number, width = 2): Rows => {
  const x = Array.from({ length: n }, (_, i) => Array.from({ length: width }, (_, j) => Math.sin(1 + 3 * i + 7 * j)));
  return { x, y: x.map((row, i) => row.reduce((sum, value, j) => sum + value * (j - 1.5), 0.5) + 0.1 * Math.cos(i)) };
};
