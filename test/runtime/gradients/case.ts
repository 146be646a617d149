import { philox } from '../../../src/core/philox.ts';
import { type Tensor, tf } from '../../../src/core/tensor.ts';

/** Numbers that a case computes with. */
export interface Input {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A function of tensors to compare between engines, and to differentiate by each of its inputs. */
export interface Case {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly f: (...inputs: Tensor[]) => Tensor;
}

let seed = 0;

/** Uniform numbers; other ones at each call, the same ones in each run. */
export function uniform(shape: readonly number[], low = -1, high = 1): Input {
  return { shape, values: philox(++seed, 0).uniform(tf.util.sizeFromShape([...shape])).map((u) => low + (high - low) * u) };
}

/** Numbers no two of which are nearer than 0.1, nor nearer than 0.05 to 0: maxima and steps among them are smooth where we differentiate. */
export function apart(shape: readonly number[]): Input {
  const n = tf.util.sizeFromShape([...shape]);
  const order = [...philox(++seed, 0).uniform(n).entries()].sort(([, a], [, b]) => a - b);
  return { shape, values: Float32Array.from(order, ([rank]) => 0.1 * (rank - Math.floor(n / 2)) + 0.05) };
}

export const given = (shape: readonly number[], values: readonly number[]): Input => ({ shape, values: Float32Array.from(values) });

export const of = (name: string, inputs: readonly Input[], f: (...inputs: Tensor[]) => Tensor): Case => ({ name, inputs, f });

/** The gradient of Σ w·f by each input as the engine sees it, and by central differences. */
export interface Comparison {
  readonly output: Float32Array;
  readonly shape: readonly number[];
  /** For some elements of each input: which, and both derivatives. */
  readonly slopes: readonly { input: number; element: number; analytic: number; numeric: number }[];
}

/** Weights that make each output count differently. */
const weight = (i: number) => 1 + 0.37 * Math.cos(i);

// A copy of the numbers, as some engines compute in the array that they were given.
const asTensor = ({ shape, values }: Input) => tf.tensor(values.slice(), [...shape]);

/** Σ w·f, summed in double precision, as differences take digits away. */
function total({ inputs, f }: Case, at: readonly Float32Array[]): number {
  const output = tf.tidy(() => f(...inputs.map(({ shape }, i) => asTensor({ shape, values: at[i]! }))).cast('float32').dataSync<'float32'>());
  return output.reduce((sum, value, i) => sum + weight(i) * value, 0);
}

/** The derivative by one element: central differences, extrapolated from two steps to cancel the error in h². */
function slope(one: Case, input: number, element: number): number {
  const difference = (step: number) => {
    const moved = (sign: number) => one.inputs.map(({ values }, i) => (i === input ? values.map((v, j) => (j === element ? v + sign * step : v)) : values));
    const [ahead, behind] = [moved(1), moved(-1)];
    return (total(one, ahead) - total(one, behind)) / (ahead[input]![element]! - behind[input]![element]!);
  };
  return (4 * difference(0.01) - difference(0.02)) / 3;
}

/** At most 20 elements of an input, spread over it. */
const someElements = (n: number) => Array.from({ length: Math.min(n, 20) }, (_, i) => (n <= 20 ? i : Math.floor(((i + 0.5) * n) / 20)));

export function compare(one: Case): Comparison {
  const { inputs, f } = one;
  const { output, shape, gradients } = tf.tidy(() => {
    const result = f(...inputs.map(asTensor));
    const weights = tf.tensor(Float32Array.from({ length: result.size }, (_, i) => weight(i)), result.shape);
    const gradients = tf.grads((...x: Tensor[]) => f(...x).mul(weights).sum())(inputs.map(asTensor));
    return { output: result.cast('float32').dataSync<'float32'>(), shape: result.shape, gradients: gradients.map((g) => ({ shape: g.shape, values: g.dataSync<'float32'>() })) };
  });
  const slopes = inputs.flatMap(({ values }, input) =>
    someElements(values.length).map((element) => ({ input, element, analytic: gradients[input]!.values[element]!, numeric: slope(one, input, element) })));
  return { output, shape, slopes };
}
