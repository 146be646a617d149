/**
 * Dilated convolutions and their gradients. Off oneDNN, TensorFlow's CPU kernels refuse dilation in Conv3D, DepthwiseConv2dNative and every
 * gradient; with oneDNN the depthwise gradients leave the dilation out without a word, and its forward pass fails on `valid` padding.
 * So a dilated convolution is put down to an undilated one, as TensorFlow's Python does: SpaceToBatchND deals the positions out so that those which a
 * dilated filter sees together lie side by side, and BatchToSpaceND puts them back. Each is the other's gradient.
 */
import { tf, type Tensor } from '../../../core/tensor.ts';
import { runOp } from '../ops.ts';
import { nativeKernel, register } from './register.ts';

type Attrs = Record<string, unknown>;

/** How the positions are dealt out: `dilation`, what is padded `before` and `after` the input, what is `surplus` at the output's end, per spatial axis. */
interface Deal {
  dilation: number[];
  before: number[];
  after: number[];
  surplus: number[];
}

const dilationOf = (attrs: Attrs, axes: number): number[] => {
  const { dilations = 1 } = attrs as { dilations?: number | number[] };
  return typeof dilations === 'number' ? Array<number>(axes).fill(dilations) : dilations;
};

/** @param inputShape - `[batch, ...space, channels]` */
function dealOut(inputShape: readonly number[], filterShape: readonly number[], attrs: Attrs, depthwise: boolean): Deal {
  const space = inputShape.slice(1, -1);
  const dilation = dilationOf(attrs, space.length);
  const pad = attrs.pad as 'same' | 'valid' | number;
  const info = space.length === 3
    ? tf.backend_util.computeConv3DInfo(inputShape as [number, number, number, number, number], filterShape as [number, number, number, number, number], 1, dilation as [number, number, number], pad as 'same' | 'valid')
    : tf.backend_util.computeConv2DInfo(inputShape as [number, number, number, number], filterShape as [number, number, number, number], 1, dilation as [number, number], pad, undefined, depthwise);
  const { padInfo } = info;
  const before = 'front' in padInfo ? [padInfo.front, padInfo.top, padInfo.left] : [padInfo.top, padInfo.left];
  const end = 'front' in padInfo ? [padInfo.back, padInfo.bottom, padInfo.right] : [padInfo.bottom, padInfo.right];
  const surplus = space.map((size, i) => {
    const over = (before[i]! + size + end[i]!) % dilation[i]!;
    return over === 0 ? 0 : dilation[i]! - over;
  });
  return { dilation, before, after: end.map((size, i) => size + surplus[i]!), surplus };
}

const types = { T: { type: 'float32' }, Tblock_shape: { type: 'int32' } } as const;
const pairs = (starts: readonly number[], ends: readonly number[]) => tf.tensor2d(starts.map((start, i) => [start, ends[i]!]), [starts.length, 2], 'int32');

const toBatch = (x: Tensor, dilation: number[], before: number[], after: number[]): Tensor =>
  runOp('SpaceToBatchND', [x, tf.tensor1d(dilation, 'int32'), pairs(before, after)], { ...types, Tpaddings: { type: 'int32' } });
const toSpace = (x: Tensor, dilation: number[], before: number[], after: number[]): Tensor =>
  runOp('BatchToSpaceND', [x, tf.tensor1d(dilation, 'int32'), pairs(before, after)], { ...types, Tcrops: { type: 'int32' } });

/** Registers the dilated form of a kernel over its own, which goes on to serve where nothing is dilated. */
function dilate(kernelName: string, run: (inputs: Record<string, Tensor>, attrs: Attrs, undilated: (inputs: Record<string, Tensor>, attrs?: Attrs) => Tensor) => Tensor): void {
  const own = nativeKernel(kernelName)!;
  register(kernelName, (inputs, attrs, call) => {
    const axes = Object.values(inputs)[0]!.rank - 2;
    if (dilationOf(attrs, axes).every((rate) => rate === 1)) return own(call) as Tensor;
    const plain = { ...attrs, strides: Array<number>(axes).fill(1), dilations: Array<number>(axes).fill(1), pad: 'valid' };
    return run(inputs, attrs, (given, changed) => own({ ...call, inputs: given, attrs: { ...plain, ...changed } as typeof attrs }) as Tensor);
  });
}

export function registerDilated(): void {
  for (const name of ['DepthwiseConv2dNative', 'Conv3D']) {
    dilate(name, ({ x, filter }, attrs, undilated) => {
      const { dilation, before, after, surplus } = dealOut(x!.shape, filter!.shape, attrs, name !== 'Conv3D');
      const y = undilated({ x: toBatch(x!, dilation, before, after), filter: filter! });
      return toSpace(y, dilation, surplus.map(() => 0), surplus);
    });
  }
  for (const name of ['Conv2DBackpropInput', 'DepthwiseConv2dNativeBackpropInput', 'Conv3DBackpropInputV2']) {
    dilate(name, ({ dy, filter }, attrs, undilated) => {
      const shape = attrs.inputShape as number[];
      const { dilation, before, after, surplus } = dealOut(shape, filter!.shape, attrs, name.startsWith('Depthwise'));
      const space = dilation.map((rate, i) => (before[i]! + shape[i + 1]! + after[i]!) / rate);
      const inputShape = [dilation.reduce((batch, rate) => batch * rate, shape[0]!), ...space, shape.at(-1)!];
      const dx = undilated({ dy: toBatch(dy!, dilation, surplus.map(() => 0), surplus), filter: filter! }, { inputShape });
      return toSpace(dx, dilation, before, after);
    });
  }
  for (const name of ['Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter', 'Conv3DBackpropFilterV2']) {
    dilate(name, ({ x, dy }, attrs, undilated) => {
      const { dilation, before, after, surplus } = dealOut(x!.shape, attrs.filterShape as number[], attrs, name.startsWith('Depthwise'));
      return undilated({ x: toBatch(x!, dilation, before, after), dy: toBatch(dy!, dilation, surplus.map(() => 0), surplus) });
    });
  }
}
