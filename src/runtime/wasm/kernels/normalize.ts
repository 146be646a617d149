import { tf } from '../../../core/tensor.ts';
import { address, fresh, heap } from '../heap.ts';
import { kernel, type Kernel, type Result } from '../kernel.ts';

interface Inputs {
  x: tf.TensorInfo;
  mean: tf.TensorInfo;
  variance: tf.TensorInfo;
  offset?: tf.TensorInfo;
  scale?: tf.TensorInfo;
}

function batchNorm({ x, mean, variance, offset, scale }: Inputs, { varianceEpsilon }: tf.FusedBatchNormAttrs): Result {
  const n = x.shape.at(-1) ?? 1;
  const isVector = (tensor: tf.TensorInfo | undefined) => !tensor || (tensor.dtype === 'float32' && tf.util.sizeFromShape(tensor.shape) === n && tensor.shape.at(-1) === n);
  if (x.dtype !== 'float32' || ![mean, variance, offset, scale].every(isVector)) return undefined;
  const y = fresh(x.shape);
  const rows = tf.util.sizeFromShape(x.shape) / n;
  heap.kernels.normalize(address(x), address(mean), address(variance), offset ? address(offset) : 0, scale ? address(scale) : 0, address(y), rows, n, varianceEpsilon);
  return y;
}

export const normalizeKernels: readonly Kernel[] = [kernel(tf.FusedBatchNorm, batchNorm)];
