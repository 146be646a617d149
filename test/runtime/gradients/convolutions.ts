import { type Tensor3D, type Tensor4D, type Tensor5D, tf } from '../../../src/core/tensor.ts';
import { apart, given, of, uniform } from './case.ts';

const conv2d = (stride: number | [number, number], pad: 'same' | 'valid' | number, dilation: number | [number, number] = 1) =>
  (x: tf.Tensor, filter: tf.Tensor) => tf.conv2d(x as Tensor4D, filter as Tensor4D, stride, pad, 'NHWC', dilation);
const depthwise = (stride: number, pad: 'same' | 'valid', dilation: number | [number, number] = 1) =>
  (x: tf.Tensor, filter: tf.Tensor) => tf.depthwiseConv2d(x as Tensor4D, filter as Tensor4D, stride, pad, 'NHWC', dilation);
const pads = ['same', 'valid'] as const;

const flat = [
  ...pads.flatMap((pad) => [1, 2, 3].map((stride) => of(`conv2d, ${pad}, stride ${stride}`, [uniform([2, 9, 8, 3]), uniform([3, 3, 3, 5])], conv2d(stride, pad)))),
  ...pads.flatMap((pad) => [2, 3].map((dilation) => of(`conv2d, ${pad}, dilation ${dilation}`, [uniform([2, 9, 8, 3]), uniform([3, 3, 3, 5])], conv2d(1, pad, dilation)))),
  of('conv2d, dilation in one direction', [uniform([2, 9, 8, 3]), uniform([3, 2, 3, 4])], conv2d(1, 'same', [1, 3])),
  of('conv2d, an even filter', [uniform([2, 7, 6, 2]), uniform([2, 4, 2, 3])], conv2d([2, 1], 'same')),
  of('conv2d, padded by hand', [uniform([2, 5, 5, 2]), uniform([3, 3, 2, 3])], conv2d(1, 2)),
  of('conv2d, 1×1', [uniform([2, 5, 4, 3]), uniform([1, 1, 3, 6])], conv2d(1, 'same')),
  of('conv2d, 1×1, stride 2', [uniform([2, 5, 4, 3]), uniform([1, 1, 3, 6])], conv2d(2, 'same')),
  of('conv2d, a filter as large as the image', [uniform([3, 4, 4, 2]), uniform([4, 4, 2, 9])], conv2d(1, 'valid')),
  of('conv2d, one channel, 5×5', [uniform([2, 9, 9, 1]), uniform([5, 5, 1, 6])], conv2d(1, 'same')),
  of('conv2d, more windows than one block', [uniform([3, 30, 31, 1]), uniform([9, 9, 1, 2])], conv2d(1, 'same')),
  of('conv2d, two groups', [uniform([2, 6, 6, 4]), uniform([3, 3, 2, 6])], (x, filter) => {
    const images = tf.split(x as Tensor4D, 2, 3);
    return tf.concat(tf.split(filter as Tensor4D, 2, 3).map((part, i) => tf.conv2d(images[i] as Tensor4D, part as Tensor4D, 1, 'same')), 3);
  }),
  of('conv1d', [uniform([2, 9, 3]), uniform([3, 3, 5])], (x, filter) => tf.conv1d(x as Tensor3D, filter as Tensor3D, 1, 'same')),
  of('conv1d, dilation 4', [uniform([2, 19, 3]), uniform([2, 3, 5])], (x, filter) => tf.conv1d(x as Tensor3D, filter as Tensor3D, 1, 'valid', 'NWC', 4)),
  ...(['linear', 'relu', 'sigmoid'] as const).map((activation) => of(`fused conv2d, ${activation}`, [uniform([2, 6, 5, 3], -0.3, 0.3), uniform([3, 3, 3, 4], -0.3, 0.3), given([4], [3, -3, 3.2, -2.8])], (x, filter, bias) =>
    tf.fused.conv2d({ x: x as Tensor4D, filter: filter as Tensor4D, bias, strides: 1, pad: 'same', activation }))),
  of('conv2dTranspose', [uniform([2, 5, 4, 3]), uniform([3, 3, 5, 3])], (x, filter) => tf.conv2dTranspose(x as Tensor4D, filter as Tensor4D, [2, 10, 8, 5], 2, 'same')),
  of('conv2dTranspose, valid', [uniform([2, 5, 4, 3]), uniform([3, 3, 5, 3])], (x, filter) => tf.conv2dTranspose(x as Tensor4D, filter as Tensor4D, [2, 7, 6, 5], 1, 'valid')),
];

const byChannel = [
  ...pads.flatMap((pad) => [1, 2].flatMap((stride) => [1, 2].map((multiplier) =>
    of(`depthwiseConv2d, ${pad}, stride ${stride}, multiplier ${multiplier}`, [uniform([2, 7, 6, 5]), uniform([3, 3, 5, multiplier])], depthwise(stride, pad))))),
  ...pads.map((pad) => of(`depthwiseConv2d, ${pad}, dilation 2`, [uniform([2, 9, 8, 3]), uniform([3, 3, 3, 2])], depthwise(1, pad, 2))),
  of('depthwiseConv2d, dilation in one direction', [uniform([2, 9, 8, 4]), uniform([2, 3, 4, 1])], depthwise(1, 'same', [3, 1])),
  of('fused depthwiseConv2d', [uniform([2, 6, 5, 3]), uniform([3, 3, 3, 2]), uniform([6])], (x, filter, bias) =>
    tf.fused.depthwiseConv2d({ x: x as Tensor4D, filter: filter as Tensor4D, bias, strides: 1, pad: 'same', activation: 'linear' })),
  of('separableConv2d', [uniform([2, 7, 6, 3]), uniform([3, 3, 3, 2]), uniform([1, 1, 6, 4])], (x, depth, point) =>
    tf.separableConv2d(x as Tensor4D, depth as Tensor4D, point as Tensor4D, 1, 'same')),
];

const solid = [
  ...pads.flatMap((pad) => [1, 2].map((stride) => of(`conv3d, ${pad}, stride ${stride}`, [uniform([2, 5, 4, 6, 2]), uniform([3, 2, 3, 2, 3])], (x, filter) =>
    tf.conv3d(x as Tensor5D, filter as Tensor5D, stride, pad)))),
  of('conv3d, dilation 2', [uniform([1, 6, 5, 7, 2]), uniform([2, 2, 3, 2, 3])], (x, filter) => tf.conv3d(x as Tensor5D, filter as Tensor5D, 1, 'same', 'NDHWC', 2)),
  of('conv3dTranspose', [uniform([1, 3, 2, 3, 3]), uniform([2, 3, 2, 4, 3])], (x, filter) => tf.conv3dTranspose(x as Tensor5D, filter as Tensor5D, [1, 6, 4, 6, 4], 2, 'same')),
];

const pools = pads.flatMap((pad) => ([[2, 2], [3, 2], [3, 1]] as const).flatMap(([size, stride]) => [
  of(`maxPool, ${pad}, ${size} by ${stride}`, [apart([2, 7, 6, 5])], (x) => tf.maxPool(x as Tensor4D, size, stride, pad)),
  of(`avgPool, ${pad}, ${size} by ${stride}`, [uniform([2, 7, 6, 5])], (x) => tf.avgPool(x as Tensor4D, size, stride, pad)),
  of(`maxPool3d, ${pad}, ${size} by ${stride}`, [apart([1, 5, 4, 5, 3])], (x) => tf.maxPool3d(x as Tensor5D, size, stride, pad)),
  of(`avgPool3d, ${pad}, ${size} by ${stride}`, [uniform([1, 5, 4, 5, 3])], (x) => tf.avgPool3d(x as Tensor5D, size, stride, pad)),
]));

export const convolutionCases = [
  ...flat,
  ...byChannel,
  ...solid,
  ...pools,
  of('maxPool of numbers below zero', [uniform([2, 6, 6, 4], -9, -5)], (x) => tf.maxPool(x as Tensor4D, 2, 2, 'valid')),
  of('pool with dilation', [uniform([2, 9, 8, 3])], (x) => tf.pool(x as Tensor4D, 2, 'avg', 'valid', 2, 1)),
];
