import { tf } from '../../../core/tensor.ts';
import { address, fresh, heap } from '../heap.ts';
import { kernel, type Result } from '../kernel.ts';
import { activate, type Activation, boundsOf } from './activation.ts';

/** For each matrix of a result, which of a factor's matrices it is made of; a factor's axes of length 1 are repeated. */
function repeated(batch: readonly number[], given: readonly number[]): number[] {
  const padded = [...Array<number>(batch.length - given.length).fill(1), ...given];
  let places = [0];
  padded.forEach((length, axis) => {
    places = places.flatMap((place) => Array.from({ length: batch[axis]! }, (_, i) => place * length + (length === 1 ? 0 : i)));
  });
  return places;
}

/** op(a) · op(b) (+ bias), bounded. Both factors have at least two axes; those before the last two are a batch, repeated where one has length 1. */
export function matMul(
  a: tf.TensorInfo, b: tf.TensorInfo, transposeA: boolean, transposeB: boolean, bias?: tf.TensorInfo, [low, high]: readonly [number, number] = [-Infinity, Infinity],
): tf.TensorInfo {
  const [m, k] = (transposeA ? [a.shape.at(-1), a.shape.at(-2)] : [a.shape.at(-2), a.shape.at(-1)]) as [number, number];
  const [n, inner] = (transposeB ? [b.shape.at(-2), b.shape.at(-1)] : [b.shape.at(-1), b.shape.at(-2)]) as [number, number];
  tf.util.assert(k === inner, () => `Error in matMul: inner shapes (${k}) and (${inner}) of Tensors with shapes ${a.shape} and ${b.shape} and transposeA=${transposeA} and transposeB=${transposeB} must match.`);
  const aBatch = a.shape.slice(0, -2);
  const bBatch = b.shape.slice(0, -2);
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(aBatch, bBatch);
  const out = fresh([...batch, m, n]);
  const count = tf.util.sizeFromShape(batch);
  const aCount = tf.util.sizeFromShape(aBatch);
  const bCount = tf.util.sizeFromShape(bBatch);
  const run = (matrices: number, rows: number, aAt: number, aStep: number, bAt: number, bStep: number, at: number) =>
    heap.kernels.matMul(
      address(a) + 4 * aAt, address(b) + 4 * bAt, address(out) + 4 * at, matrices, aStep, bStep, rows, n, k,
      Number(transposeA), Number(transposeB), bias ? address(bias) : 0, low, high,
    );
  if (bCount === 1 && !transposeA && aCount === count) run(1, count * m, 0, 0, 0, 0, 0);
  else if ((aCount === count || aCount === 1) && (bCount === count || bCount === 1)) run(count, m, 0, aCount === 1 ? 0 : m * k, 0, bCount === 1 ? 0 : n * k, 0);
  else {
    const bPlaces = repeated(batch, bBatch);
    repeated(batch, aBatch).forEach((place, i) => run(1, m, place * m * k, 0, bPlaces[i]! * n * k, 0, i * m * n));
  }
  return out;
}

const isFloat = (...tensors: readonly (tf.TensorInfo | undefined)[]) => tensors.every((tensor) => !tensor || tensor.dtype === 'float32');

interface Fused {
  a: tf.TensorInfo;
  b: tf.TensorInfo;
  bias?: tf.TensorInfo;
  preluActivationWeights?: tf.TensorInfo;
}

function fused({ a, b, bias, preluActivationWeights }: Fused, attributes: Activation & tf._FusedMatMulAttrs): Result {
  const { transposeA, transposeB } = attributes;
  const columns = b.shape.at(transposeB ? -2 : -1);
  if (!isFloat(a, b, bias) || (bias && (bias.shape.at(-1) !== columns || tf.util.sizeFromShape(bias.shape) !== columns))) return undefined;
  const out = matMul(a, b, transposeA, transposeB, bias, boundsOf(attributes));
  activate(out, attributes, preluActivationWeights);
  return out;
}

export const matMulKernels = [
  kernel<tf.BatchMatMulInputs, tf.BatchMatMulAttrs>(tf.BatchMatMul, ({ a, b }, { transposeA, transposeB }) => (isFloat(a, b) ? matMul(a, b, transposeA, transposeB) : undefined)),
  kernel<Fused, Activation & tf._FusedMatMulAttrs>(tf._FusedMatMul, fused),
];
