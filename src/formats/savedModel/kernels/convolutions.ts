/** Convolutions, pooling and resizing of images and volumes. All have their channels last, as tfjs's plain JavaScript engine does. */
import { tf } from '../../../core/tensor.ts';
import { attr, types, type Attrs } from '../../../runtime/native/record/graph.ts';
import type { Size } from '../../export/trace.ts';
import type { KernelWriter, Ref, Traced } from '../graph.ts';
import { typeNumber } from '../typeNumber.ts';

type Padding = 'same' | 'valid' | number | readonly (readonly number[])[];
type Margins = readonly (readonly [before: number, after: number])[];

interface Attributes {
  readonly strides: number | readonly number[];
  readonly pad: Padding;
  readonly dilations?: number | readonly number[];
  readonly filterSize?: number | readonly number[];
  readonly dataFormat?: string;
}

const attributesOf = ({ node, refuse }: Traced): Attributes => {
  const attributes = node.attrs as unknown as Attributes;
  if (attributes.dataFormat?.startsWith('NC')) refuse(' with channels first');
  return attributes;
};

/** One number for each spatial axis. */
const each = (given: number | readonly number[] | undefined, axes: number): readonly number[] => (typeof given === 'object' ? given : Array<number>(axes).fill(given ?? 1));
/** The same with the axes of examples and channels. */
const window = (sizes: readonly number[]) => attr.ints([1, ...sizes, 1]);
const isOne = (n: number) => n === 1;

/** The spatial sizes of an image, which no batch is part of. */
const spatial = ({ valueOf, refuse }: Traced, name: string): readonly number[] => valueOf(name).shape.slice(1, -1).map((size) => (typeof size === 'number' ? size : refuse(' on images whose size depends on the number of examples')));

/** What is padded before and after each spatial axis, in numbers. */
function margins(traced: Traced, kernelSizes: readonly number[], strides: readonly number[], rates: readonly number[]): Margins {
  const { pad } = attributesOf(traced);
  if (typeof pad === 'object') return pad.slice(1, -1) as unknown as Margins;
  return spatial(traced, 'x').map((size, axis) => {
    if (pad === 'valid') return [0, 0];
    if (typeof pad === 'number') return [pad, pad];
    const total = Math.max(0, (Math.ceil(size / strides[axis]!) - 1) * strides[axis]! + (kernelSizes[axis]! - 1) * rates[axis]! + 1 - size);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
}

/** `padding` and `explicit_paddings` of TensorFlow's ops that take both. */
function padding({ pad }: Attributes, axes: number): Attrs {
  if (typeof pad === 'string') return { padding: attr.string(pad.toUpperCase()) };
  const around = typeof pad === 'number' ? [0, 0, ...Array<number>(2 * axes).fill(pad), 0, 0] : pad.flat();
  return { padding: attr.string('EXPLICIT'), explicit_paddings: attr.ints(around) };
}

const conv2d: KernelWriter = (traced) => {
  const attributes = attributesOf(traced);
  return traced.graph.add('Conv2D', [traced.input('x'), traced.input('filter')], 'float32', {
    strides: window(each(attributes.strides, 2)), dilations: window(each(attributes.dilations, 2)), ...padding(attributes, 2),
  });
};

const padded = ({ graph }: Traced, x: Ref, around: Margins): Ref =>
  around.flat().every((n) => n === 0) ? x : graph.add('PadV2', [x, graph.pairs([[0, 0], ...around, [0, 0]]), graph.scalar(0, 'float32')], 'float32', { Tpaddings: attr.type(types.int32) });

/**
 * A convolution whose filter has gaps, by an op that knows none: positions that the filter sees together are dealt out to lie side by side, and put back
 * afterwards (TensorFlow's own `with_space_to_batch`).
 */
function dilated(traced: Traced, rates: readonly number[], around: Margins, undilated: (x: Ref) => Ref): Ref {
  const { graph, input } = traced;
  const int = attr.type(types.int32);
  const surplus = spatial(traced, 'x').map((size, axis) => (rates[axis]! - ((around[axis]![0] + size + around[axis]![1]) % rates[axis]!)) % rates[axis]!);
  const dealt = graph.add('SpaceToBatchND', [input('x'), graph.ints(rates), graph.pairs(around.map(([before, after], axis) => [before, after + surplus[axis]!]))], 'float32', { Tblock_shape: int, Tpaddings: int });
  return graph.add('BatchToSpaceND', [undilated(dealt), graph.ints(rates), graph.pairs(surplus.map((n) => [0, n]))], 'float32', { Tblock_shape: int, Tcrops: int });
}

const filterSizes = ({ valueOf }: Traced, axes: number) => valueOf('filter').shape.slice(0, axes) as readonly number[];

/** TensorFlow's depthwise convolution takes one stride for both axes, and on most processors no gaps. */
const depthwise: KernelWriter = (traced) => {
  const { graph, input } = traced;
  const attributes = attributesOf(traced);
  const [strides, rates] = [each(attributes.strides, 2), each(attributes.dilations, 2)];
  const around = margins(traced, filterSizes(traced, 2), strides, rates);
  const run = (x: Ref, stride: number, given: Attrs = { padding: attr.string('VALID') }) => graph.add('DepthwiseConv2dNative', [x, input('filter')], 'float32', { T: attr.type(types.float), strides: window([stride, stride]), ...given });
  if (!rates.every(isOne)) return dilated(traced, rates, around, (x) => run(x, 1));
  if (strides[0] === strides[1]) return typeof attributes.pad === 'string' ? run(input('x'), strides[0]!, padding(attributes, 2)) : run(padded(traced, input('x'), around), strides[0]!);
  const everywhere = run(padded(traced, input('x'), around), 1);
  const zeros = graph.ints([0, 0, 0, 0]);
  // Masks: all of each axis.
  return graph.add('StridedSlice', [everywhere, zeros, zeros, graph.ints([1, ...strides, 1])], 'float32', { begin_mask: attr.int(15), end_mask: attr.int(15) });
};

const conv3d: KernelWriter = (traced) => {
  const { graph, input } = traced;
  const attributes = attributesOf(traced);
  const [strides, rates] = [each(attributes.strides, 3), each(attributes.dilations, 3)];
  const run = (x: Ref, pad: string) => graph.add('Conv3D', [x, input('filter')], 'float32', { strides: window(strides), padding: attr.string(pad) });
  if (rates.every(isOne)) return run(input('x'), String(attributes.pad).toUpperCase());
  return dilated(traced, rates, margins(traced, filterSizes(traced, 3), strides, rates), (x) => run(x, 'VALID'));
};

const transposed2d: KernelWriter = (traced) => {
  const { graph, input, output } = traced;
  const attributes = attributesOf(traced);
  return graph.add('Conv2DBackpropInput', [graph.sizes(output.shape), input('filter'), input('dy')], 'float32', { T: attr.type(types.float), strides: window(each(attributes.strides, 2)), ...padding(attributes, 2) });
};

const transposed3d: KernelWriter = (traced) => {
  const { graph, input, output } = traced;
  const { strides, pad } = attributesOf(traced);
  return graph.add('Conv3DBackpropInputV2', [graph.sizes(output.shape), input('filter'), input('dy')], 'float32', {
    T: attr.type(types.float), Tshape: attr.type(types.int32), strides: window(each(strides, 3)), padding: attr.string(String(pad).toUpperCase()),
  });
};

const pooling = (op: string, axes: number): KernelWriter => (traced) => {
  const { graph, input, refuse } = traced;
  const attributes = attributesOf(traced);
  if (typeof attributes.pad !== 'string' && op !== 'MaxPool') refuse(' padded by a number');
  return graph.add(op, [input('x')], 'float32', {
    T: attr.type(types.float), ksize: window(each(attributes.filterSize, axes)), strides: window(each(attributes.strides, axes)), ...padding(attributes, axes),
  });
};

const resized = (op: string): KernelWriter => ({ graph, input, node, output }) => {
  const { alignCorners, halfPixelCenters, size } = node.attrs as { alignCorners: boolean; halfPixelCenters: boolean; size: readonly Size[] };
  return graph.add(op, [input('images'), graph.sizes(size)], output.dtype, { align_corners: attr.bool(alignCorners), half_pixel_centers: attr.bool(halfPixelCenters) });
};

const cropped: KernelWriter = ({ graph, input, node }) => {
  const { cropSize, method, extrapolationValue } = node.attrs as { cropSize: readonly number[]; method: string; extrapolationValue: number };
  return graph.add('CropAndResize', [input('image'), input('boxes'), input('boxInd'), graph.ints(cropSize)], 'float32', {
    T: attr.type(typeNumber('float32')), method: attr.string(method), extrapolation_value: attr.float(extrapolationValue),
  });
};

const transformed: KernelWriter = ({ graph, input, node, output }) => {
  const { interpolation, fillMode, fillValue } = node.attrs as { interpolation: string; fillMode: string; fillValue: number };
  return graph.add('ImageProjectiveTransformV3', [input('image'), input('transforms'), graph.sizes(output.shape.slice(1, 3)), graph.scalar(fillValue, 'float32')], 'float32', {
    dtype: attr.type(types.float), interpolation: attr.string(interpolation.toUpperCase()), fill_mode: attr.string(fillMode.toUpperCase()),
  });
};

export const convolutionKernels: Readonly<Record<string, KernelWriter>> = {
  [tf.Conv2D]: conv2d,
  [tf.DepthwiseConv2dNative]: depthwise,
  [tf.Conv3D]: conv3d,
  [tf.Conv2DBackpropInput]: transposed2d,
  [tf.Conv3DBackpropInputV2]: transposed3d,
  [tf.MaxPool]: pooling('MaxPool', 2),
  [tf.AvgPool]: pooling('AvgPool', 2),
  [tf.MaxPool3D]: pooling('MaxPool3D', 3),
  [tf.AvgPool3D]: pooling('AvgPool3D', 3),
  [tf.ResizeBilinear]: resized('ResizeBilinear'),
  [tf.ResizeNearestNeighbor]: resized('ResizeNearestNeighbor'),
  [tf.CropAndResize]: cropped,
  [tf.Transform]: transformed,
};
