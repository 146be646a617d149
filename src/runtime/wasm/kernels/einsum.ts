import { tf } from '../../../core/tensor.ts';
import * as operation from '../assembly/operations.ts';
import { alias, release } from '../heap.ts';
import { kernel, type Kernel } from '../kernel.ts';
import { matMul } from './matMul.ts';
import { transpose } from './move.ts';
import { reduce } from './reduce.ts';

/** A factor, and the letter of each of its axes. */
interface Factor {
  readonly tensor: tf.TensorInfo;
  readonly letters: readonly string[];
}

/** Replaces a factor by another that was made of it. */
function become({ tensor }: Factor, next: tf.TensorInfo, letters: readonly string[]): Factor {
  release(tensor);
  return { tensor: next, letters };
}

/** The factor summed over the axes whose letters are not wanted. */
function summed(factor: Factor, wanted: (letter: string) => boolean): Factor {
  const { tensor, letters } = factor;
  const axes = letters.flatMap((letter, axis) => (wanted(letter) ? [] : [axis]));
  if (axes.length === 0) return factor;
  return become(factor, reduce(operation.SUM, tensor, axes, tensor.shape.filter((_, axis) => !axes.includes(axis))), letters.filter(wanted));
}

function ordered(factor: Factor, letters: readonly string[]): Factor {
  return become(factor, transpose(factor.tensor, letters.map((letter) => factor.letters.indexOf(letter))), letters);
}

/** As a batch of matrices, transposed if that saves moving its numbers. */
function asMatrices(factor: Factor, batch: readonly string[], rows: readonly string[], columns: readonly string[], size: (letters: readonly string[]) => number) {
  const isTransposed = factor.letters.join() === [...batch, ...columns, ...rows].join();
  const [first, second] = isTransposed ? [columns, rows] : [rows, columns];
  const { tensor } = ordered(factor, [...batch, ...first, ...second]);
  return { tensor, matrices: { ...tensor, shape: [size(batch), size(first), size(second)] }, isTransposed };
}

/** The product of two factors as a batch of matrix products: letters in both and in the result count the batch, letters in both alone are summed over. */
function product(a: Factor, b: Factor, result: readonly string[]): Factor {
  const shared = a.letters.filter((letter) => b.letters.includes(letter));
  const batch = shared.filter((letter) => result.includes(letter));
  const inner = shared.filter((letter) => !result.includes(letter));
  const rows = a.letters.filter((letter) => !shared.includes(letter));
  const columns = b.letters.filter((letter) => !shared.includes(letter));
  const sizes = new Map([a, b].flatMap(({ tensor, letters }) => letters.map((letter, axis) => [letter, tensor.shape[axis]!] as const)));
  const size = (letters: readonly string[]) => letters.reduce((all, letter) => all * sizes.get(letter)!, 1);
  const left = asMatrices(a, batch, rows, inner, size);
  const right = asMatrices(b, batch, inner, columns, size);
  const out = matMul(left.matrices, right.matrices, left.isTransposed, right.isTransposed);
  release(left.tensor);
  release(right.tensor);
  const letters = [...batch, ...rows, ...columns];
  return { tensor: { ...out, shape: letters.map((letter) => sizes.get(letter)!) }, letters };
}

export const einsumKernels: readonly Kernel[] = [
  kernel<readonly tf.TensorInfo[], tf.EinsumAttrs>(tf.Einsum, (inputs, { equation }) => {
    const given = Object.values(inputs);
    if (given.some(({ dtype }) => dtype !== 'float32')) return undefined;
    const { allDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, given.length);
    tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, given as tf.Tensor[]);
    const [terms, to] = equation.replaceAll(/\s/g, '').split('->') as [string, string];
    const result = [...to];
    const letters = terms.split(',').map((term) => [...term]);
    const factors = given.map((tensor, i) =>
      summed({ tensor: alias(tensor), letters: letters[i]! }, (letter) => result.includes(letter) || letters.some((others, j) => j !== i && others.includes(letter))));
    const [first, ...rest] = factors as [Factor, ...Factor[]];
    return ordered(rest.reduce((left, right) => product(left, right, result), first), result).tensor;
  }),
];
