import { tf } from '../../../core/tensor.ts';
import { bitsOf, copy, fill } from '../copy.ts';
import { address, constant, fresh, heap } from '../heap.ts';
import { kernel, type Kernel, type Result } from '../kernel.ts';

const product = (sizes: readonly number[]) => tf.util.sizeFromShape([...sizes]);
const isWide = ({ dtype }: tf.TensorInfo) => dtype === 'float32' || dtype === 'int32';

function gather({ x, indices }: Record<'x' | 'indices', tf.TensorInfo>, { axis, batchDims }: tf.GatherV2Attrs): Result {
  if (!isWide(x) || indices.dtype !== 'int32') return undefined;
  const [along] = tf.util.parseAxisParam(axis, x.shape) as [number];
  const size = x.shape[along]!;
  for (const index of heap.backend.typedArrayFromHeap(indices)) {
    tf.util.assert(index >= 0 && index < size, () => `GatherV2: the index value ${index} is not in [0, ${size - 1}]`);
  }
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = tf.backend_util.segment_util.collectGatherOpShapeInfo(x as tf.Tensor, indices as tf.Tensor, along, batchDims ?? 0);
  const y = fresh(outputShape, x.dtype);
  if (product(outputShape) > 0) heap.kernels.gather(address(x), address(indices), address(y), batchSize, outerSize, dimSize, product(indices.shape) / batchSize, sliceSize);
  return y;
}

/** How many axes of an array each index names, how many indices there are, and how large what they name is. */
function places(indices: tf.TensorInfo, shape: readonly number[]) {
  const depth = indices.shape.at(-1) ?? 1;
  return { sizes: constant(shape.slice(0, depth)), depth, count: product(indices.shape) / Math.max(1, depth), inner: product(shape.slice(depth)), rest: shape.slice(depth) };
}

function gatherNd({ params, indices }: Record<'params' | 'indices', tf.TensorInfo>): Result {
  if (!isWide(params)) return undefined;
  const { sizes, depth, count, inner, rest } = places(indices, params.shape);
  const y = fresh([...indices.shape.slice(0, -1), ...rest], params.dtype);
  heap.kernels.gatherPlaces(address(params), address(indices), address(y), sizes, depth, count, inner);
  return y;
}

function scatterNd({ indices, updates }: Record<'indices' | 'updates', tf.TensorInfo>, { shape }: { shape: number[] }): Result {
  if (updates.dtype !== 'float32' || indices.shape.length < 2) return undefined;
  const { sizes, depth, count, inner } = places(indices, shape);
  const y = fresh(shape);
  fill(address(y), product(shape), 0, 'float32');
  heap.kernels.scatterPlaces(address(updates), address(indices), address(y), sizes, depth, count, inner, 1);
  return y;
}

function tensorScatterUpdate({ tensor, indices, updates }: Record<'tensor' | 'indices' | 'updates', tf.TensorInfo>): Result {
  if (!isWide(tensor) || indices.shape.length < 2) return undefined;
  const { sizes, depth, count, inner } = places(indices, tensor.shape);
  const y = fresh(tensor.shape, tensor.dtype);
  copy(address(tensor), address(y), 4, [product(tensor.shape)], [1], [1]);
  heap.kernels.scatterPlaces(address(updates), address(indices), address(y), sizes, depth, count, inner, 0);
  return y;
}

function oneHot({ indices }: { indices: tf.TensorInfo }, { depth, onValue, offValue, dtype }: tf.OneHotAttrs): Result {
  if (dtype === 'bool' || indices.dtype !== 'int32') return undefined;
  const y = fresh([...indices.shape, depth], dtype);
  fill(address(y), product(y.shape), offValue, dtype);
  heap.kernels.markPlaces(address(indices), address(y), product(indices.shape), depth, bitsOf(onValue, dtype));
  return y;
}

export const lookupKernels: readonly Kernel[] = [
  kernel(tf.GatherV2, gather),
  kernel(tf.GatherNd, gatherNd),
  kernel(tf.ScatterNd, scatterNd),
  kernel(tf.TensorScatterUpdate, tensorScatterUpdate),
  kernel(tf.OneHot, oneHot),
];
