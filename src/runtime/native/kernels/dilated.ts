/**
 * Dilated depthwise and volume convolutions. TensorFlow's CPU kernels refuse them off oneDNN, and oneDNN's depthwise one fails on `valid` padding.
 * So they are put down to undilated ones, as TensorFlow's Python does: SpaceToBatchND deals the positions out so that those which a
 * dilated filter sees together lie side by side, and BatchToSpaceND puts them back.
 */
import { tf, type Tensor } from '../../../core/tensor.ts';
import { runOp } from '../ops.ts';
import { nativeKernel, register } from './register.ts';

interface Attributes {
  dilations?: number | number[];
  pad: 'same' | 'valid' | number;
}

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

const ratesOf = ({ dilations = 1 }: Attributes, axes: number): number[] => (typeof dilations === 'number' ? Array<number>(axes).fill(dilations) : dilations);

/** What is padded before and after each spatial axis. */
function paddings(x: Tensor, filter: Tensor, rates: number[], pad: Attributes['pad']): { before: number[]; after: number[] } {
  if (rates.length === 3) {
    const { padInfo } = tf.backend_util.computeConv3DInfo(x.shape as Shape5, filter.shape as Shape5, 1, rates as [number, number, number], pad as 'same' | 'valid');
    return { before: [padInfo.front, padInfo.top, padInfo.left], after: [padInfo.back, padInfo.bottom, padInfo.right] };
  }
  const { padInfo } = tf.backend_util.computeConv2DInfo(x.shape as Shape4, filter.shape as Shape4, 1, rates as [number, number], pad, undefined, true);
  return { before: [padInfo.top, padInfo.left], after: [padInfo.bottom, padInfo.right] };
}

const pairs = (starts: readonly number[], ends: readonly number[]) => tf.tensor2d(starts.map((start, i) => [start, ends[i]!]), [starts.length, 2], 'int32');
const types = { T: { type: 'float32' }, Tblock_shape: { type: 'int32' } } as const;

export function registerDilated(): void {
  for (const name of ['DepthwiseConv2dNative', 'Conv3D']) {
    const own = nativeKernel(name)!;
    register(name, ({ x, filter }, attrs, call) => {
      const axes = x!.rank - 2;
      const rates = ratesOf(attrs as unknown as Attributes, axes);
      if (rates.every((rate) => rate === 1)) return own(call) as Tensor;
      const { before, after } = paddings(x!, filter!, rates, (attrs as unknown as Attributes).pad);
      // The positions must come out even; what is added for that at the end is cut off again.
      const surplus = rates.map((rate, i) => (rate - ((before[i]! + x!.shape[i + 1]! + after[i]!) % rate)) % rate);
      const block = tf.tensor1d(rates, 'int32');
      const dealt = runOp('SpaceToBatchND', [x!, block, pairs(before, after.map((size, i) => size + surplus[i]!))], { ...types, Tpaddings: { type: 'int32' } });
      const ones = Array<number>(axes).fill(1);
      const y = own({ ...call, inputs: { x: dealt, filter: filter! }, attrs: { ...attrs, strides: ones, dilations: ones, pad: 'valid' } }) as Tensor;
      return runOp('BatchToSpaceND', [y, block, pairs(surplus.map(() => 0), surplus)], { ...types, Tcrops: { type: 'int32' } });
    });
  }
}
