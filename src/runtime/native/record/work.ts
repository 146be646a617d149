/** What the products of a recording take, and how many threads that is worth. */
import { availableParallelism } from 'node:os';

/** How many products of matrices and convolutions there are, and their multiplications together. */
export interface Work { readonly products: number; readonly multiplications: number }

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Multiplications of an operation; `undefined` if it is neither a product of matrices nor a convolution, nor one's gradient. */
export function multiplicationsOf(op: string, inputs: readonly (readonly number[])[], output: readonly number[]): number | undefined {
  const [first, second, third] = inputs.map(sizeOf) as [number, number, number];
  // m·k by k·n gives m·n: the root of their product is m·k·n. All three may be so many times that.
  if (op.includes('MatMul')) return Math.sqrt((first * second * sizeOf(output)) / sizeOf(output.slice(0, -2)));
  // Each number of a convolution is a sum over a filter's cells and channels in; of a depthwise one, over its cells.
  const perNumber = (filter: readonly number[]) => sizeOf(filter) / (op.startsWith('Depthwise') ? filter.at(-2)! * filter.at(-1)! : filter.at(-1)!);
  if (/BackpropFilter(V2)?$/.test(op)) return third * perNumber(output);
  if (/BackpropInput(V2)?$/.test(op)) return third * perNumber(inputs[1]!);
  if (/^(Conv[23]D|DepthwiseConv2dNative)$/.test(op)) return sizeOf(output) * perNumber(inputs[1]!);
  return undefined;
}

/**
 * Multiplications of a product, on average, from which it gains from more than one thread. On two cores steps below it took 0.4 to 1.1 of the time in one thread that they
 * took in two (perceptrons of up to 784 by 128, LSTMs and GRUs of up to 128 units), those above it 1.05 to 2.1 of it (a perceptron 512 wide, convolutions).
 */
const worthSharing = 2 ** 23;

export const isWorthSharing = ({ products, multiplications }: Work): boolean => availableParallelism() > 1 && multiplications >= worthSharing * products;
