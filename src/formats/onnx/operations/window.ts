/** Operations that slide a window over axes of space: convolutions, their transposes, pooling. ONNX has the channels in front. */
import { tf } from '../../../core/tensor.ts';
import type { Size, TracedNode } from '../../export/trace.ts';
import { channelsFirst, plain, reordered } from '../axes.ts';
import type { Attribute } from '../messages.ts';
import type { Translation } from '../translation.ts';
import { only, type Operation, type Operations } from './operation.ts';

type Sizes = readonly number[];

const { computeConv2DInfo, computeConv3DInfo, computePool2DInfo, computePool3DInfo } = tf.backend_util;

/** What tfjs says of a window: how much it is padded by, before and behind each axis of space. */
interface Geometry {
  readonly strides: Sizes;
  readonly dilations: Sizes;
  readonly window: Sizes;
  readonly before: Sizes;
  readonly behind: Sizes;
}

interface Info2 {
  readonly strideHeight: number; readonly strideWidth: number; readonly dilationHeight: number; readonly dilationWidth: number;
  readonly filterHeight: number; readonly filterWidth: number; readonly padInfo: { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number };
}
interface Info3 extends Omit<Info2, 'padInfo'> {
  readonly strideDepth: number; readonly dilationDepth: number; readonly filterDepth: number; readonly padInfo: Info2['padInfo'] & { readonly front: number; readonly back: number };
}

const flat = ({ strideHeight, strideWidth, dilationHeight, dilationWidth, filterHeight, filterWidth, padInfo }: Info2): Geometry => ({
  strides: [strideHeight, strideWidth], dilations: [dilationHeight, dilationWidth], window: [filterHeight, filterWidth],
  before: [padInfo.top, padInfo.left], behind: [padInfo.bottom, padInfo.right],
});
const deep = ({ strideDepth, dilationDepth, filterDepth, ...info }: Info3): Geometry => {
  const { strides, dilations, window, before, behind } = flat(info);
  return {
    strides: [strideDepth, ...strides], dilations: [dilationDepth, ...dilations], window: [filterDepth, ...window],
    before: [info.padInfo.front, ...before], behind: [info.padInfo.back, ...behind],
  };
};

/** Sizes of one example, with a batch of one in front: windows do not reach from one example to another. */
const ofOne = (shape: readonly Size[], translation: Translation): Sizes => [1, ...translation.fixed(shape.slice(1))];

interface Attrs { readonly strides: number; readonly pad: 'valid'; readonly dilations?: number; readonly dimRoundingMode?: 'floor'; readonly filterSize: number }

function convolutionGeometry(input: Sizes, filter: Sizes, attrs: TracedNode['attrs'], depthwise: boolean): Geometry {
  const { strides, pad, dilations = 1, dimRoundingMode } = attrs as unknown as Attrs;
  if (input.length === 4) return flat(computeConv2DInfo(input as never, filter as never, strides, dilations, pad, dimRoundingMode, depthwise));
  return deep(computeConv3DInfo(input as never, filter as never, strides as never, dilations as never, pad));
}

function poolingGeometry(input: Sizes, attrs: TracedNode['attrs']): Geometry {
  const { strides, pad, filterSize, dimRoundingMode } = attrs as unknown as Attrs;
  if (input.length === 4) return flat(computePool2DInfo(input as never, filterSize, strides, 1, pad, dimRoundingMode));
  return deep(computePool3DInfo(input as never, filterSize as never, strides as never, 1, pad, dimRoundingMode));
}

const attributesOf = ({ strides, dilations, window, before, behind }: Geometry): Readonly<Record<string, Attribute>> => ({
  kernel_shape: window, strides, ...(dilations.some((each) => each !== 1) && { dilations }), ...([...before, ...behind].some((each) => each !== 0) && { pads: [...before, ...behind] }),
});

/** A kernel `[...window, channels, filters]` as ONNX has it: `[filters, channels, ...window]`. */
const filtersFirst = (rank: number) => [rank - 1, rank - 2, ...plain(rank - 2)];

const convolution: Operation = (node, translation) => {
  const [x, filter] = [node.inputs.x!, node.inputs.filter!];
  const [input, kernel] = [ofOne(translation.value(x).shape, translation), translation.fixed(translation.value(filter).shape)];
  const axes = channelsFirst(input.length);
  const names = [translation.read(x, axes), translation.read(filter, filtersFirst(kernel.length))];
  translation.write(only(node).id, translation.add('Conv', names, attributesOf(convolutionGeometry(input, kernel, node.attrs, false))), axes);
};

/** A group for each channel. The kernel is `[...window, channels, multiplier]`. */
const depthwise: Operation = (node, translation) => {
  const [x, filter] = [node.inputs.x!, node.inputs.filter!];
  const [input, kernel] = [ofOne(translation.value(x).shape, translation), translation.fixed(translation.value(filter).shape)];
  const [height, width, channels, multiplier] = kernel as [number, number, number, number];
  const byChannel = [2, 3, 0, 1];
  const shape = [channels * multiplier, 1, height, width];
  const weights = translation.constant(filter)
    ? translation.fixture(filter, 'by channel', ({ data }) => ({ data: reordered(data, kernel, byChannel), shape }))
    : translation.add('Reshape', [translation.read(filter, byChannel), translation.integers(shape)]);
  const axes = channelsFirst(4);
  const attributes = { ...attributesOf(convolutionGeometry(input, kernel, node.attrs, true)), group: channels };
  translation.write(only(node).id, translation.add('Conv', [translation.read(x, axes), weights], attributes), axes);
};

/** What undoes the shapes of a convolution. The kernel is `[...window, filters, channels]`. */
const transposed: Operation = (node, translation) => {
  const [dy, filter] = [node.inputs.dy!, node.inputs.filter!];
  const kernel = translation.fixed(translation.value(filter).shape);
  const from = translation.fixed(translation.value(dy).shape.slice(1, -1));
  const output = ofOne(only(node).shape, translation);
  const { dilations: _, ...geometry } = convolutionGeometry(output, kernel, node.attrs, false);
  const { strides, window, before, behind } = geometry;
  const reach = from.map((size, i) => (size - 1) * strides[i]! + window[i]! - before[i]! - behind[i]!);
  const missing = reach.map((size, i) => output[i + 1]! - size);
  if (missing.some((each, i) => each < 0 || each >= Math.max(strides[i]!, 2))) translation.refuse('with an output size that ONNX has no words for');
  const axes = channelsFirst(output.length);
  const names = [translation.read(dy, axes), translation.read(filter, filtersFirst(kernel.length))];
  const attributes = { ...attributesOf({ ...geometry, dilations: strides.map(() => 1) }), ...(missing.some((each) => each > 0) && { output_padding: missing }) };
  translation.write(only(node).id, translation.add('ConvTranspose', names, attributes), axes);
};

const pooling = (op: string): Operation => (node, translation) => {
  const x = node.inputs.x!;
  const input = ofOne(translation.value(x).shape, translation);
  const axes = channelsFirst(input.length);
  translation.write(only(node).id, translation.add(op, [translation.read(x, axes)], attributesOf(poolingGeometry(input, node.attrs))), axes);
};

export const windowOperations: Operations = {
  [tf.Conv2D]: convolution, [tf.Conv3D]: convolution, [tf.DepthwiseConv2dNative]: depthwise,
  [tf.Conv2DBackpropInput]: transposed, [tf.Conv3DBackpropInputV2]: transposed,
  [tf.MaxPool]: pooling('MaxPool'), [tf.MaxPool3D]: pooling('MaxPool'), [tf.AvgPool]: pooling('AveragePool'), [tf.AvgPool3D]: pooling('AveragePool'),
};
