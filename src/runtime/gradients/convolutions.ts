/**
 * Gradients of convolutions with dilated filters, which tfjs-core refuses, and of transposed convolutions in space.
 *
 * A filter with holes d apart sees every d-th cell only: the convolution is an ordinary one on each of the d grids that the input falls
 * into. (TensorFlow allows dilations above 1 for strides of 1 alone.)
 */
import { type Tensor, tf } from '../../core/tensor.ts';
import { gradient, type Gradient, run } from './define.ts';

type Sizes4 = [number, number, number, number];
type Sizes5 = [number, number, number, number, number];
type Padding = readonly [before: number, after: number];

/** The names of a convolution's kernels, and its geometry. */
interface Kind {
  readonly backInput: string;
  readonly backFilter: string;
  readonly info: (x: Tensor, filter: Tensor, attributes: Attributes) => { paddings: readonly Padding[]; dilations: readonly number[] };
}

interface Attributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dilations?: [number, number] | number;
  dataFormat?: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

const flat = (depthwise: boolean): Kind['info'] => (x, filter, { strides, dilations = 1, pad, dimRoundingMode }) => {
  const { padInfo, dilationHeight, dilationWidth } = tf.backend_util.computeConv2DInfo(x.shape as Sizes4, filter.shape as Sizes4, strides, dilations, pad, dimRoundingMode, depthwise);
  return { paddings: [[padInfo.top, padInfo.bottom], [padInfo.left, padInfo.right]], dilations: [dilationHeight, dilationWidth] };
};

const solid: Kind['info'] = (x, filter, { strides, dilations = 1, pad }) => {
  const { padInfo, dilationDepth, dilationHeight, dilationWidth } = tf.backend_util.computeConv3DInfo(x.shape as Sizes5, filter.shape as Sizes5, strides as number, dilations as number, pad as 'same');
  return { paddings: [[padInfo.front, padInfo.back], [padInfo.top, padInfo.bottom], [padInfo.left, padInfo.right]], dilations: [dilationDepth, dilationHeight, dilationWidth] };
};

/** The d grids of each spatial axis, as so many examples: [b, …s, c] → [b · Πd, …s / d, c]. */
function toGrids(x: Tensor, dilations: readonly number[]): Tensor {
  const [batch, ...rest] = x.shape;
  const channels = rest.pop()!;
  const sizes = rest.map((size, i) => size / dilations[i]!);
  const split = x.reshape([batch!, ...sizes.flatMap((size, i) => [size, dilations[i]!]), channels]);
  const order = [...dilations.map((_, i) => 2 * i + 2), 0, ...dilations.map((_, i) => 2 * i + 1), 2 * dilations.length + 1];
  return split.transpose(order).reshape([-1, ...sizes, channels]);
}

/** Back from there. */
function fromGrids(x: Tensor, dilations: readonly number[]): Tensor {
  const [, ...rest] = x.shape;
  const channels = rest.pop()!;
  const n = dilations.length;
  const batch = x.shape[0]! / tf.util.sizeFromShape([...dilations]);
  const order = [n, ...dilations.flatMap((_, i) => [n + 1 + i, i]), 2 * n + 1];
  return x.reshape([...dilations, batch, ...rest, channels]).transpose(order).reshape([batch, ...rest.map((size, i) => size * dilations[i]!), channels]);
}

const extended = (x: Tensor, paddings: readonly Padding[]) => tf.pad(x, [[0, 0], ...paddings, [0, 0]] as [number, number][]);

function byDilated(kind: Kind, dy: Tensor, x: Tensor, filter: Tensor, given: Attributes): Gradient {
  tf.util.assert(given.dataFormat !== 'NCHW', () => 'The gradient of a dilated convolution needs its channels last (NHWC).');
  const { paddings, dilations } = kind.info(x, filter, given);
  // The padded input, made longer so that all grids are alike; what the output lacks for that is 0, and so adds nothing.
  const longer = paddings.map(([before, after], i): Padding => {
    const whole = before + x.shape[i + 1]! + after;
    return [before, after + ((-whole % dilations[i]!) + dilations[i]!) % dilations[i]!];
  });
  const sizes = longer.map(([before, after], i) => before + x.shape[i + 1]! + after);
  const grids = () => toGrids(extended(dy, sizes.map((size, i): Padding => [0, size - (filter.shape[i]! - 1) * dilations[i]! - dy.shape[i + 1]!])), dilations);
  const attributes = { strides: 1, pad: 'valid', dilations: 1, dataFormat: dilations.length === 3 ? 'NDHWC' : 'NHWC' };
  return {
    x: () => {
      const inputShape = [x.shape[0]! * tf.util.sizeFromShape([...dilations]), ...sizes.map((size, i) => size / dilations[i]!), x.shape.at(-1)!];
      const dx = fromGrids(run(kind.backInput, { dy: grids(), filter }, { ...attributes, inputShape }), dilations);
      return dx.slice([0, ...longer.map(([before]) => before), 0], x.shape);
    },
    filter: () => run(kind.backFilter, { x: toGrids(extended(x, longer), dilations), dy: grids() }, { ...attributes, filterShape: filter.shape }),
  };
}

const convolution = (kernel: string, kind: Kind) =>
  gradient(kernel, ['x', 'filter'], (dy, [x, filter], given) => {
    const attributes = given as unknown as Attributes;
    if (!tf.backend_util.tupleValuesAreOne(attributes.dilations ?? 1)) return byDilated(kind, dy, x!, filter!, attributes);
    return {
      x: () => run(kind.backInput, { dy, filter: filter! }, { ...attributes, inputShape: x!.shape }),
      filter: () => run(kind.backFilter, { x: x!, dy }, { ...attributes, filterShape: filter!.shape }),
    };
  });

export const convolutionGradients = [
  convolution(tf.Conv2D, { backInput: tf.Conv2DBackpropInput, backFilter: tf.Conv2DBackpropFilter, info: flat(false) }),
  convolution(tf.DepthwiseConv2dNative, { backInput: tf.DepthwiseConv2dNativeBackpropInput, backFilter: tf.DepthwiseConv2dNativeBackpropFilter, info: flat(true) }),
  convolution(tf.Conv3D, { backInput: tf.Conv3DBackpropInputV2, backFilter: tf.Conv3DBackpropFilterV2, info: solid }),
  gradient(tf.Conv3DBackpropInputV2, ['dy', 'filter'], (ddx, [dy, filter], { strides, pad }) => ({
    dy: () => run(tf.Conv3D, { x: ddx, filter: filter! }, { strides, pad, dataFormat: 'NDHWC', dilations: 1 }),
    filter: () => run(tf.Conv3DBackpropFilterV2, { x: ddx, dy: dy! }, { strides, pad, filterShape: filter!.shape }),
  })),
];
