/** What an operation's result would be in shape, for those that take long to run. */
import { tf, type Tensor } from '../../core/tensor.ts';

type Sizes3 = [number, number, number];
type Sizes4 = [number, number, number, number];
type Sizes5 = [number, number, number, number, number];
/** As tfjs-core passes them on: those of `Conv2DAttrs`, `Conv3DAttrs`, `BatchMatMulAttrs`, `AvgPoolAttrs` and their likes. */
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

const shapes: Readonly<Record<string, (inputs: Shapes, attrs: Attrs) => readonly number[]>> = {
  [tf.Conv2D]: (inputs, attrs) => flatImages(inputs, attrs, false),
  [tf.FusedConv2D]: (inputs, attrs) => flatImages(inputs, attrs, false),
  [tf.DepthwiseConv2dNative]: (inputs, attrs) => flatImages(inputs, attrs, true),
  [tf.FusedDepthwiseConv2D]: (inputs, attrs) => flatImages(inputs, attrs, true),
  [tf.Conv3D]: ({ x, filter }, { strides, pad, dilations }) => computeConv3DInfo(x as Sizes5, filter as Sizes5, strides, dilations ?? 1, pad).outShape,
  [tf.Conv2DBackpropInput]: (_, { inputShape }) => inputShape!,
  [tf.Conv3DBackpropInputV2]: (_, { inputShape }) => inputShape!,
  [tf.MaxPool]: pooled,
  [tf.AvgPool]: pooled,
  [tf.MaxPool3D]: pooledVolume,
  [tf.AvgPool3D]: pooledVolume,
  [tf.BatchMatMul]: product,
  [tf._FusedMatMul]: product,
};

/** Zeros in the shape of the operation's result; `undefined` for operations that are quick to run. */
export function outlined(kernel: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap): Tensor | undefined {
  const shape = shapes[kernel]?.(Object.fromEntries(Object.entries(inputs).filter(([, tensor]) => tensor != null).map(([name, tensor]) => [name, tensor.shape])), attrs as unknown as Attrs);
  return shape && tf.zeros([...shape]);
}
