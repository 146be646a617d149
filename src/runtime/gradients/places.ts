/** Operations that move numbers to other places. */
import { type Tensor, type Tensor4D, tf } from '../../core/tensor.ts';
import { gradient } from './define.ts';

const int = (n: number) => tf.scalar(n, 'int32');
const product = (sizes: readonly number[]) => tf.util.sizeFromShape([...sizes]);

/** What flows back to a table whose rows along an axis were looked up: each row's sum. The first `batchDims` axes of x and indices go in step. */
function byTable(dy: Tensor, x: Tensor, indices: Tensor, axis: number, batchDims: number): Tensor {
  const batch = product(x.shape.slice(0, batchDims));
  const outer = product(x.shape.slice(batchDims, axis));
  const rows = x.shape[axis]!;
  const inner = product(x.shape.slice(axis + 1));
  const ids = indices.reshape([batch, -1]).add(tf.range(0, batch, 1, 'int32').mul(int(rows)).expandDims(1)).flatten();
  const values = dy.reshape([batch, outer, -1, inner]).transpose([0, 2, 1, 3]).reshape([-1, outer * inner]);
  return tf.unsortedSegmentSum(values, ids as tf.Tensor1D, batch * rows).reshape([batch, rows, outer, inner]).transpose([0, 2, 1, 3]).reshape(x.shape);
}

/** The elements of x along an axis, `stride` apart, zeros between them. */
function spread(x: Tensor, axis: number, stride: number): Tensor {
  if (stride === 1) return x;
  const before = x.shape.slice(0, axis);
  const after = x.shape.slice(axis + 1);
  const n = x.shape[axis]!;
  const paddings = [...before.map(() => [0, 0]), [0, 0], [0, stride - 1], ...after.map(() => [0, 0])] as [number, number][];
  const spaced = tf.pad(x.reshape([...before, n, 1, ...after]), paddings).reshape([...before, n * stride, ...after]);
  return spaced.slice(before.map(() => 0).concat(0), [...before, (n - 1) * stride + 1]);
}

/** Puts dy back to where a strided slice of x took it from. */
function byStridedSlice(dy: Tensor, x: Tensor, attributes: tf.StridedSliceAttrs): Tensor {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
  const info = tf.slice_util.sliceInfo(x.shape, begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask);
  if (dy.size === 0) return tf.zerosLike(x);
  const counts = x.shape.map((_, axis) => Math.ceil((info.end[axis]! - info.begin[axis]!) / info.strides[axis]!));
  let back: Tensor = dy.reshape(counts);
  const paddings = x.shape.map((size, axis): [number, number] => {
    const n = counts[axis]!;
    const stride = info.strides[axis]!;
    const first = stride > 0 ? info.begin[axis]! : info.begin[axis]! + (n - 1) * stride;
    if (stride < 0) back = back.reverse(axis);
    back = spread(back, axis, Math.abs(stride));
    return [first, size - first - back.shape[axis]!];
  });
  return tf.pad(back, paddings);
}

/** Adds what flows back to the mirrored margins of an axis to the cells that they mirror; `edge`: 1 if the outermost cell is not mirrored. */
function fold(dy: Tensor, axis: number, [before, after]: readonly [number, number], edge: 0 | 1): Tensor {
  const n = dy.shape[axis]! - before - after;
  const part = (from: number, size: number) => {
    const begin = dy.shape.map((_, i) => (i === axis ? from : 0));
    return dy.slice(begin, dy.shape.map((whole, i) => (i === axis ? size : whole)));
  };
  const placed = (margin: Tensor, from: number) =>
    tf.pad(margin.reverse(axis), dy.shape.map((_, i): [number, number] => (i === axis ? [from, n - from - margin.shape[axis]!] : [0, 0])));
  let sum = part(before, n);
  if (before > 0) sum = sum.add(placed(part(0, before), edge));
  if (after > 0) sum = sum.add(placed(part(before + n, after), n - after - edge));
  return sum;
}

function byDepthToSpace(dy: Tensor4D, blockSize: number, dataFormat: string): Tensor {
  const s = blockSize;
  if (dataFormat === 'NCHW') {
    const [batch, channels, height, width] = dy.shape;
    return dy.reshape([batch, channels, height / s, s, width / s, s]).transpose([0, 3, 5, 1, 2, 4]).reshape([batch, channels * s * s, height / s, width / s]);
  }
  const [batch, height, width, channels] = dy.shape;
  return dy.reshape([batch, height / s, s, width / s, s, channels]).transpose([0, 1, 3, 2, 4, 5]).reshape([batch, height / s, width / s, channels * s * s]);
}

/** tfjs-core hands over what flows back to a single output as it is, not as a list of one, which its own gradients do not expect. */
const listed = (dys: Tensor | Tensor[]): Tensor[] => (Array.isArray(dys) ? dys : [dys]);

export const placeGradients: readonly tf.GradConfig[] = [
  gradient(tf.GatherV2, ['x', 'indices'], (dy, [x, indices], { axis, batchDims }) => ({
    x: () => byTable(dy, x!, indices!, tf.util.parseAxisParam(axis as number, x!.shape)[0]!, (batchDims as number | undefined) ?? 0),
    indices: () => tf.zeros(indices!.shape),
  })),
  gradient(tf.GatherNd, ['params', 'indices'], (dy, [params, indices]) => ({ params: () => tf.scatterND(indices!, dy, params!.shape) })),
  gradient(tf.ScatterNd, ['indices'], (dy, [indices]) => ({ updates: () => tf.gatherND(dy, indices!) })),
  gradient(tf.TensorScatterUpdate, ['indices', 'updates'], (dy, [indices, updates]) => ({
    tensor: () => tf.tensorScatterUpdate(dy, indices!, tf.zerosLike(updates!)),
    updates: () => tf.gatherND(dy, indices!),
  })),
  gradient(tf.StridedSlice, ['x'], (dy, [x], attributes) => ({ x: () => byStridedSlice(dy, x!, attributes as unknown as tf.StridedSliceAttrs) })),
  gradient(tf.MirrorPad, [], (dy, _, attributes) => {
    const { paddings, mode } = attributes as unknown as tf.MirrorPadAttrs;
    return { x: () => paddings.reduce((back, padding, axis) => fold(back, axis, padding, mode === 'reflect' ? 1 : 0), dy) };
  }),
  gradient(tf.DepthToSpace, [], (dy, _, { blockSize, dataFormat }) => ({ x: () => byDepthToSpace(dy as Tensor4D, blockSize as number, dataFormat as string) })),
  { kernelName: tf.Unpack, gradFunc: (dys, _, { axis }) => ({ value: () => tf.stack(listed(dys), axis as number) }) },
  { kernelName: tf.SplitV, gradFunc: (dys, _, { axis }) => ({ x: () => tf.concat(listed(dys), axis as number) }) },
];
