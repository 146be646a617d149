import { tf } from '../../../core/tensor.ts';
import { geometry } from '../geometry.ts';
import { address, alias, fresh, heap } from '../heap.ts';
import { kernel, type Result } from '../kernel.ts';

type Info = tf.backend_util.Conv2DInfo | tf.backend_util.Conv3DInfo;

interface Attributes {
  filterSize: number | number[];
  strides: number | number[];
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The geometry of a pooling over the axes between the first and the last, two or three. */
function info(inShape: readonly number[], { filterSize, strides, pad, dimRoundingMode }: Attributes): Info {
  return inShape.length === 4
    ? tf.backend_util.computePool2DInfo(inShape as [number, number, number, number], filterSize as [number, number], strides as [number, number], 1, pad, dimRoundingMode)
    : tf.backend_util.computePool3DInfo(inShape as [number, number, number, number, number], filterSize as number, strides as number, 1, pad as 'same', dimRoundingMode);
}

/** Windows of a single cell, next to each other: nothing to do. */
const isIdentity = ({ inShape, outShape, filterHeight, filterWidth, ...rest }: Info) =>
  filterHeight === 1 && filterWidth === 1 && (!('filterDepth' in rest) || rest.filterDepth === 1) && tf.util.arraysEqual(inShape, outShape);

const forward = (pool: 'maxPool' | 'meanPool') => ({ x }: { x: tf.TensorInfo }, attributes: Attributes): Result => {
  if (x.dtype !== 'float32') return undefined;
  const shapes = info(x.shape, attributes);
  if (isIdentity(shapes)) return alias(x);
  const y = fresh(shapes.outShape);
  heap.kernels[pool](address(x), address(y), geometry(shapes));
  return y;
};

function maxBack({ dy, input }: { dy: tf.TensorInfo; input: tf.TensorInfo }, attributes: Attributes): Result {
  const dx = fresh(input.shape);
  heap.kernels.maxPoolBack(address(input), address(dy), address(dx), geometry(info(input.shape, attributes)));
  return dx;
}

function meanBack({ dy, input }: { dy: tf.TensorInfo; input: tf.TensorInfo }, attributes: Attributes): Result {
  const dx = fresh(input.shape);
  heap.kernels.meanPoolBack(address(dy), address(dx), geometry(info(input.shape, attributes)));
  return dx;
}

export const poolKernels = [
  kernel(tf.MaxPool, forward('maxPool')),
  kernel(tf.MaxPool3D, forward('maxPool')),
  kernel(tf.AvgPool, forward('meanPool')),
  kernel(tf.AvgPool3D, forward('meanPool')),
  kernel(tf.MaxPoolGrad, maxBack),
  kernel(tf.MaxPool3DGrad, maxBack),
  kernel(tf.AvgPoolGrad, meanBack),
  kernel(tf.AvgPool3DGrad, meanBack),
];
