import { tf } from '../../../core/tensor.ts';
import { convolutionGeometry } from '../geometry.ts';
import { address, fresh, heap } from '../heap.ts';
import { kernel, type Result } from '../kernel.ts';
import { activate, type Activation, boundsOf } from './activation.ts';

type Sizes = [number, number, number, number];

interface Attributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dilations?: [number, number] | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

const info = (inShape: readonly number[], filterShape: readonly number[], { strides, dilations, pad, dimRoundingMode }: Attributes) =>
  tf.backend_util.computeConv2DInfo(inShape as Sizes, filterShape as Sizes, strides, dilations ?? 1, pad, dimRoundingMode, true);

interface Fused {
  x: tf.TensorInfo;
  filter: tf.TensorInfo;
  bias?: tf.TensorInfo;
  preluActivationWeights?: tf.TensorInfo;
}

function forward({ x, filter, bias, preluActivationWeights }: Fused, attributes: Attributes & Activation): Result {
  const shapes = info(x.shape, filter.shape, attributes);
  if (bias && tf.util.sizeFromShape(bias.shape) !== shapes.outChannels) return undefined;
  const y = fresh(shapes.outShape);
  heap.kernels.depthwise(address(x), address(filter), address(y), convolutionGeometry(shapes), bias ? address(bias) : 0, ...boundsOf(attributes));
  activate(y, attributes, preluActivationWeights);
  return y;
}

function backInput({ dy, filter }: Record<'dy' | 'filter', tf.TensorInfo>, attributes: Attributes & { inputShape: number[] }): Result {
  const dx = fresh(attributes.inputShape);
  heap.kernels.depthwiseBackInput(address(dy), address(filter), address(dx), convolutionGeometry(info(attributes.inputShape, filter.shape, attributes)));
  return dx;
}

function backFilter({ x, dy }: Record<'x' | 'dy', tf.TensorInfo>, attributes: Attributes & { filterShape: number[] }): Result {
  const dFilter = fresh(attributes.filterShape);
  heap.kernels.depthwiseBackFilter(address(x), address(dy), address(dFilter), convolutionGeometry(info(x.shape, attributes.filterShape, attributes)));
  return dFilter;
}

export const depthwiseKernels = [
  kernel(tf.DepthwiseConv2dNative, forward),
  kernel(tf.FusedDepthwiseConv2D, forward),
  kernel(tf.DepthwiseConv2dNativeBackpropInput, backInput),
  kernel(tf.DepthwiseConv2dNativeBackpropFilter, backFilter),
];
