/** Operations that move numbers to other places, make them, or look them up. */
import { tf } from '../../../core/tensor.ts';
import { attr, types } from '../../../runtime/native/record/graph.ts';
import type { Size, TracedType } from '../../export/trace.ts';
import type { KernelWriter } from '../graph.ts';
import { typeNumber } from '../typeNumber.ts';

const sameSize = (a: Size | undefined, b: Size) => JSON.stringify(a) === JSON.stringify(b);
const isNumber = (size: Size): size is number => typeof size === 'number';

const reshape: KernelWriter = ({ graph, inputs, output: { dtype, shape } }) => graph.add('Reshape', [inputs[0]!, graph.shape(shape)], dtype, { Tshape: attr.type(types.int32) });

const slice: KernelWriter = ({ graph, input, node, output, valueOf }) => {
  const begin = [node.attrs.begin as number | readonly Size[]].flat() as readonly Size[];
  const { shape } = valueOf('x');
  const sizes = output.shape.map((size, axis) => (begin[axis] === 0 && sameSize(shape[axis], size) ? -1 : size));
  return graph.add('Slice', [input('x'), graph.sizes(begin), graph.sizes(sizes)], output.dtype);
};

const stridedSlice: KernelWriter = ({ graph, input, node, output, refuse }) => {
  const { begin, end, strides, ...masks } = node.attrs as unknown as { begin: Size[]; end: Size[]; strides: number[]; beginMask: number; endMask: number; ellipsisMask: number; newAxisMask: number; shrinkAxisMask: number };
  if (![masks.beginMask, masks.endMask].every(isNumber)) refuse(' of a part that depends on the number of examples');
  return graph.add('StridedSlice', [input('x'), graph.sizes(begin), graph.sizes(end), graph.sizes(strides)], output.dtype, {
    begin_mask: attr.int(masks.beginMask), end_mask: attr.int(masks.endMask), ellipsis_mask: attr.int(masks.ellipsisMask),
    new_axis_mask: attr.int(masks.newAxisMask), shrink_axis_mask: attr.int(masks.shrinkAxisMask),
  });
};

const concat: KernelWriter = ({ graph, inputs, node, output: { dtype } }) =>
  graph.add('ConcatV2', [...inputs, graph.scalar(node.attrs.axis as number)], dtype, { N: attr.int(inputs.length), T: attr.type(typeNumber(dtype)), Tidx: attr.type(types.int32) });

const split: KernelWriter = ({ graph, input, node: { outputs, attrs }, output: { dtype } }) => {
  const axis = attrs.axis as number;
  const sizes = outputs.map(({ shape }) => shape.at(axis)!);
  return graph.addAll({
    op: 'SplitV', inputs: [input('x'), graph.sizes(sizes), graph.scalar(axis)], attrs: { num_split: attr.int(outputs.length), Tlen: attr.type(types.int32) },
  }, outputs.map(() => dtype));
};

const unpack: KernelWriter = ({ graph, input, node: { outputs, attrs }, output: { dtype } }) =>
  graph.addAll({ op: 'Unpack', inputs: [input('value')], attrs: { num: attr.int(outputs.length), axis: attr.int(attrs.axis as number) } }, outputs.map(() => dtype));

const range: KernelWriter = ({ graph, node, output: { dtype } }) => {
  const { start, stop, step } = node.attrs as { start: Size; stop: Size; step: Size };
  const bound = (size: Size) => (isNumber(size) ? graph.scalar(size, dtype) : dtype === 'int32' ? graph.size(size) : graph.add('Cast', [graph.size(size)], dtype, { DstT: attr.type(typeNumber(dtype)) }));
  return graph.add('Range', [bound(start), bound(stop), bound(step)], dtype, { Tidx: attr.type(typeNumber(dtype)) });
};

const gather: KernelWriter = ({ graph, input, node, output }) =>
  graph.add('GatherV2', [input('x'), input('indices'), graph.scalar(node.attrs.axis as number)], output.dtype, { batch_dims: attr.int((node.attrs.batchDims as number | undefined) ?? 0) });

const oneHot: KernelWriter = ({ graph, input, node, output: { dtype } }) => {
  const { depth, onValue, offValue } = node.attrs as { depth: number; onValue: number; offValue: number };
  return graph.add('OneHot', [input('indices'), graph.size(depth), graph.scalar(onValue, dtype), graph.scalar(offValue, dtype)], dtype, { axis: attr.int(-1), TI: attr.type(types.int32) });
};

const pad: KernelWriter = ({ graph, input, node, output: { dtype } }) =>
  graph.add('PadV2', [input('x'), graph.pairs(node.attrs.paddings as readonly number[][]), graph.scalar(node.attrs.constantValue as number, dtype)], dtype, { Tpaddings: attr.type(types.int32) });

const mirrorPad: KernelWriter = ({ graph, input, node, output }) =>
  graph.add('MirrorPad', [input('x'), graph.pairs(node.attrs.paddings as readonly number[][])], output.dtype, { mode: attr.string((node.attrs.mode as string).toUpperCase()), Tpaddings: attr.type(types.int32) });

const blocks = (op: string, margins: 'paddings' | 'crops'): KernelWriter => ({ graph, input, node, output }) =>
  graph.add(op, [input('x'), graph.ints(node.attrs.blockShape as readonly number[]), graph.pairs(node.attrs[margins] as readonly number[][])], output.dtype, {
    Tblock_shape: attr.type(types.int32), [`T${margins}`]: attr.type(types.int32),
  });

const bincount: KernelWriter = ({ graph, input, node, output: { dtype } }) =>
  graph.add('DenseBincount', [input('x'), graph.scalar(node.attrs.size as number), input('weights')], dtype, {
    Tidx: attr.type(types.int32), T: attr.type(typeNumber(dtype)), binary_output: attr.bool((node.attrs.binaryOutput as boolean | undefined) ?? false),
  });

export const placeKernels: Readonly<Record<string, KernelWriter>> = {
  [tf.Reshape]: reshape,
  [tf.ExpandDims]: reshape,
  [tf.Transpose]: ({ graph, input, node, output }) => graph.add('Transpose', [input('x'), graph.ints(node.attrs.perm as readonly number[])], output.dtype, { Tperm: attr.type(types.int32) }),
  [tf.BroadcastTo]: ({ graph, input, output }) => graph.add('BroadcastTo', [input('x'), graph.sizes(output.shape)], output.dtype, { Tidx: attr.type(types.int32) }),
  [tf.Tile]: ({ graph, input, node, output }) => graph.add('Tile', [input('x'), graph.sizes(node.attrs.reps as readonly Size[])], output.dtype, { Tmultiples: attr.type(types.int32) }),
  [tf.Slice]: slice,
  [tf.StridedSlice]: stridedSlice,
  [tf.Concat]: concat,
  [tf.SplitV]: split,
  [tf.Pack]: ({ graph, inputs, node, output: { dtype } }) => graph.add('Pack', inputs, dtype, { N: attr.int(inputs.length), T: attr.type(typeNumber(dtype)), axis: attr.int(node.attrs.axis as number) }),
  [tf.Unpack]: unpack,
  [tf.Reverse]: ({ graph, input, node, output }) => graph.add('ReverseV2', [input('x'), graph.ints([node.attrs.dims as number | number[]].flat())], output.dtype, { Tidx: attr.type(types.int32) }),
  [tf.FlipLeftRight]: ({ graph, input, output }) => graph.add('ReverseV2', [input('image'), graph.ints([2])], output.dtype, { Tidx: attr.type(types.int32) }),
  [tf.PadV2]: pad,
  [tf.MirrorPad]: mirrorPad,
  [tf.SpaceToBatchND]: blocks('SpaceToBatchND', 'paddings'),
  [tf.BatchToSpaceND]: blocks('BatchToSpaceND', 'crops'),
  [tf.DepthToSpace]: ({ graph, input, node, output: { dtype } }) =>
    graph.add('DepthToSpace', [input('x')], dtype, { block_size: attr.int(node.attrs.blockSize as number), data_format: attr.string(node.attrs.dataFormat as string), T: attr.type(typeNumber(dtype)) }),
  [tf.Fill]: ({ graph, node, output: { dtype, shape } }) => graph.add('Fill', [graph.sizes(shape), graph.scalar(Number(node.attrs.value), dtype)], dtype, { index_type: attr.type(types.int32) }),
  [tf.Range]: range,
  [tf.OneHot]: oneHot,
  [tf.GatherV2]: gather,
  [tf.GatherNd]: ({ graph, input, output }) => graph.add('GatherNd', [input('params'), input('indices')], output.dtype),
  [tf.ScatterNd]: ({ graph, input, output }) => graph.add('ScatterNd', [input('indices'), input('updates'), graph.sizes(output.shape)], output.dtype),
  [tf.TensorScatterUpdate]: ({ graph, input, output }) => graph.add('TensorScatterUpdate', [input('tensor'), input('indices'), input('updates')], output.dtype),
  [tf.UnsortedSegmentSum]: ({ graph, input, node, output }) =>
    graph.add('UnsortedSegmentSum', [input('x'), input('segmentIds'), graph.size(node.attrs.numSegments as Size)], output.dtype, { Tnumsegments: attr.type(types.int32) }),
  [tf.SearchSorted]: ({ graph, input, node }) => graph.add(node.attrs.side === 'left' ? 'LowerBound' : 'UpperBound', [input('sortedSequence'), input('values')], 'int32' satisfies TracedType, { out_type: attr.type(types.int32) }),
  [tf.DenseBincount]: bincount,
  [tf.Bincount]: bincount,
};
