import { tf } from '../../../core/tensor.ts';
import { convolutionGeometry } from '../geometry.ts';
import { address, fresh, heap } from '../heap.ts';
import { kernel, type Result } from '../kernel.ts';
import { activate, type Activation, boundsOf } from './activation.ts';

type Info = tf.backend_util.Conv2DInfo | tf.backend_util.Conv3DInfo;
type Sizes4 = [number, number, number, number];
type Sizes5 = [number, number, number, number, number];
type Rounding = 'floor' | 'round' | 'ceil';

/** The attributes that all two-dimensional convolutions share. tfjs gives no dilations to the gradients; our own gradients do. */
interface Attributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dataFormat?: 'NHWC' | 'NCHW';
  dilations?: [number, number] | number;
  dimRoundingMode?: Rounding;
}

/** The geometry of a two-dimensional convolution; nothing for channels that come first. */
function info2d(inShape: readonly number[], filterShape: readonly number[], { strides, pad, dataFormat = 'NHWC', dilations = 1, dimRoundingMode }: Attributes) {
  if (dataFormat !== 'NHWC') return undefined;
  return tf.backend_util.computeConv2DInfo(inShape as Sizes4, filterShape as Sizes4, strides, dilations, pad, dimRoundingMode);
}

interface SolidAttributes {
  strides: [number, number, number] | number;
  pad: 'valid' | 'same';
  dilations?: [number, number, number] | number;
}

function info3d(inShape: readonly number[], filterShape: readonly number[], { strides, pad, dilations = 1 }: SolidAttributes) {
  return tf.backend_util.computeConv3DInfo(inShape as Sizes5, filterShape as Sizes5, strides, dilations, pad);
}

function forward(x: tf.TensorInfo, filter: tf.TensorInfo, info: Info | undefined, bias?: tf.TensorInfo, [low, high]: readonly [number, number] = [-Infinity, Infinity]): tf.TensorInfo | undefined {
  if (!info) return undefined;
  const y = fresh(info.outShape);
  heap.kernels.convolve(address(x), address(filter), address(y), convolutionGeometry(info), bias ? address(bias) : 0, low, high);
  return y;
}

function backInput(dy: tf.TensorInfo, filter: tf.TensorInfo, info: Info | undefined): Result {
  if (!info) return undefined;
  const dx = fresh(info.inShape);
  heap.kernels.convolveBackInput(address(dy), address(filter), address(dx), convolutionGeometry(info));
  return dx;
}

function backFilter(x: tf.TensorInfo, dy: tf.TensorInfo, info: Info | undefined): Result {
  if (!info) return undefined;
  const dFilter = fresh(info.filterShape);
  heap.kernels.convolveBackFilter(address(x), address(dy), address(dFilter), convolutionGeometry(info), 0, 1);
  return dFilter;
}

interface Fused {
  x: tf.TensorInfo;
  filter: tf.TensorInfo;
  bias?: tf.TensorInfo;
  preluActivationWeights?: tf.TensorInfo;
}

function fused({ x, filter, bias, preluActivationWeights }: Fused, attributes: Attributes & Activation): Result {
  if (bias && tf.util.sizeFromShape(bias.shape) !== filter.shape[3]) return undefined;
  const y = forward(x, filter, info2d(x.shape, filter.shape, attributes), bias, boundsOf(attributes));
  if (y) activate(y, attributes, preluActivationWeights);
  return y;
}

export const convolutionKernels = [
  kernel<tf.Conv2DInputs, Attributes>(tf.Conv2D, ({ x, filter }, attributes) => forward(x, filter, info2d(x.shape, filter.shape, attributes))),
  kernel<Fused, Attributes & Activation>(tf.FusedConv2D, fused),
  kernel<tf.Conv2DBackpropInputInputs, Attributes & { inputShape: number[] }>(tf.Conv2DBackpropInput, ({ dy, filter }, attributes) =>
    backInput(dy, filter, info2d(attributes.inputShape, filter.shape, attributes))),
  kernel<tf.Conv2DBackpropFilterInputs, Attributes & { filterShape: number[] }>(tf.Conv2DBackpropFilter, ({ x, dy }, attributes) =>
    backFilter(x, dy, info2d(x.shape, attributes.filterShape, attributes))),
  kernel<tf.Conv3DInputs, tf.Conv3DAttrs>(tf.Conv3D, ({ x, filter }, attributes) => forward(x, filter, info3d(x.shape, filter.shape, attributes))),
  kernel<tf.Conv3DBackpropInputV2Inputs, tf.Conv3DBackpropInputV2Attrs>(tf.Conv3DBackpropInputV2, ({ dy, filter }, attributes) =>
    backInput(dy, filter, info3d(attributes.inputShape, filter.shape, attributes))),
  kernel<tf.Conv3DBackpropFilterV2Inputs, tf.Conv3DBackpropFilterV2Attrs>(tf.Conv3DBackpropFilterV2, ({ x, dy }, attributes) =>
    backFilter(x, dy, info3d(x.shape, attributes.filterShape, attributes))),
];
