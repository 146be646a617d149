/** What an operation's result would be in shape, for those that take long to run. */
import { tf } from '../../core/tensor.ts';

type Sizes3 = [number, number, number];
type Sizes4 = [number, number, number, number];
type Sizes5 = [number, number, number, number, number];
/** As tfjs-core passes them on: those of `Conv2DAttrs`, `Conv3DAttrs`, `BatchMatMulAttrs`, `AvgPoolAttrs` and their likes, those that concern shapes. */
interface Attrs {
  readonly strides: number;
  readonly pad: number | 'same' | 'valid';
  readonly dataFormat?: string;
  readonly dilations?: number;
  readonly dimRoundingMode?: 'floor';
  readonly filterSize?: number;
  readonly inputShape?: readonly number[];
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly axis?: number | number[];
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
  readonly perm?: readonly number[];
  readonly paddings?: readonly (readonly number[])[];
}
type Shapes = Readonly<Record<string, readonly number[]>>;

const { computeConv2DInfo, computeConv3DInfo, computePool2DInfo, computePool3DInfo, convertConv2DDataFormat } = tf.backend_util;

const flatImages = ({ x, filter }: Shapes, { strides, pad, dataFormat, dilations, dimRoundingMode }: Attrs, depthwise: boolean) =>
  computeConv2DInfo(x as Sizes4, filter as Sizes4, strides, dilations ?? 1, pad, dimRoundingMode, depthwise, convertConv2DDataFormat(dataFormat as 'NHWC')).outShape;
const pooled = ({ x }: Shapes, { filterSize, strides, pad, dimRoundingMode }: Attrs) => computePool2DInfo(x as Sizes4, filterSize!, strides, 1, pad, dimRoundingMode).outShape;
const pooledVolume = ({ x }: Shapes, { filterSize, strides, pad, dimRoundingMode, dataFormat }: Attrs) =>
  computePool3DInfo(x as Sizes5, filterSize as unknown as Sizes3, strides as unknown as Sizes3, 1, pad, dimRoundingMode, dataFormat as 'NDHWC').outShape;
const product = ({ a, b }: Shapes, { transposeA, transposeB }: Attrs) => [
  ...tf.broadcast_util.assertAndGetBroadcastShape(a!.slice(0, -2), b!.slice(0, -2)), a!.at(transposeA ? -1 : -2)!, b!.at(transposeB ? -2 : -1)!,
];

/** Axes taken away, or left as one. */
function reduced({ x }: Shapes, { axis, reductionIndices, keepDims }: Attrs): readonly number[] {
  const axes = tf.util.parseAxisParam((axis ?? reductionIndices)!, [...x!]);
  return keepDims ? x!.map((size, i) => (axes.includes(i) ? 1 : size)) : x!.filter((_, i) => !axes.includes(i));
}

const same = (inputs: Shapes) => (inputs.x ?? inputs.logits)!;
const broadcast = ({ a, b }: Shapes) => tf.broadcast_util.assertAndGetBroadcastShape([...a!], [...b!]);
const all = <T>(kernels: readonly string[], shape: T) => Object.fromEntries(kernels.map((kernel) => [kernel, shape]));

type ShapeOf = (inputs: Shapes, attrs: Attrs) => readonly number[];

const shapes: Readonly<Record<string, ShapeOf>> = {
  [tf.Conv2D]: (inputs, attrs) => flatImages(inputs, attrs, false),
  [tf.FusedConv2D]: (inputs, attrs) => flatImages(inputs, attrs, false),
  [tf.DepthwiseConv2dNative]: (inputs, attrs) => flatImages(inputs, attrs, true),
  [tf.FusedDepthwiseConv2D]: (inputs, attrs) => flatImages(inputs, attrs, true),
  [tf.Conv3D]: ({ x, filter }, { strides, pad, dilations }) => computeConv3DInfo(x as Sizes5, filter as Sizes5, strides, dilations ?? 1, pad).outShape,
  ...all([tf.Conv2DBackpropInput, tf.Conv3DBackpropInputV2], ((_, { inputShape }) => inputShape!) satisfies ShapeOf),
  ...all([tf.MaxPool, tf.AvgPool], pooled),
  ...all([tf.MaxPool3D, tf.AvgPool3D], pooledVolume),
  ...all([tf.BatchMatMul, tf._FusedMatMul], product),
  ...all([
    tf.Abs, tf.ClipByValue, tf.Elu, tf.Erf, tf.Exp, tf.LeakyRelu, tf.Log, tf.Neg, tf.Relu, tf.Relu6, tf.Rsqrt, tf.Selu, tf.Sigmoid, tf.Softplus, tf.Sqrt, tf.Square, tf.Step, tf.Tanh, tf.Softmax, tf.FusedBatchNorm,
  ], same),
  ...all([tf.Add, tf.Sub, tf.Multiply, tf.RealDiv, tf.Maximum, tf.Minimum, tf.SquaredDifference], broadcast),
  ...all([tf.Sum, tf.Mean, tf.Max, tf.Min], reduced),
  [tf.Concat]: (inputs, { axis }) => inputs[0]!.map((size, i) => (i === axis ? Object.values(inputs).reduce((sum, shape) => sum + shape[i]!, 0) : size)),
  [tf.PadV2]: ({ x }, { paddings }) => x!.map((size, i) => paddings![i]![0]! + size + paddings![i]![1]!),
  [tf.Transpose]: ({ x }, { perm }) => perm!.map((axis) => x![axis]!),
};

/** The shape of a float operation's result; `undefined` for operations that are quick to run, or rare. */
export function outlined(kernel: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap): readonly number[] | undefined {
  const given = Object.entries(inputs).filter(([, tensor]) => tensor != null);
  if (given.some(([, { dtype }]) => dtype !== 'float32')) return undefined;
  return shapes[kernel]?.(Object.fromEntries(given.map(([name, { shape }]) => [name, shape])), attrs as unknown as Attrs);
}
