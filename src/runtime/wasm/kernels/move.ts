/** Kernels that move numbers about. */
import { type DataType, tf } from '../../../core/tensor.ts';
import { bytesOf, copy, fill } from '../copy.ts';
import { address, alias, fresh } from '../heap.ts';
import { kernel, type Kernel, type Result } from '../kernel.ts';
import { contiguous } from '../strides.ts';

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, n, i) => sum + n * b[i]!, 0);

/** The part of x at `begin` (in elements), of `sizes`, `strides` apart. */
function part(x: tf.TensorInfo, begin: number, sizes: readonly number[], strides: readonly number[], outShape: readonly number[] = sizes): Result {
  const bytes = bytesOf(x.dtype);
  if (!bytes) return undefined;
  const y = fresh(outShape, x.dtype);
  copy(address(x) + begin * bytes, address(y), bytes, sizes, strides, contiguous(sizes));
  return y;
}

export function transpose(x: tf.TensorInfo, order: readonly number[]): tf.TensorInfo {
  const shape = order.map((axis) => x.shape[axis]!);
  const strides = contiguous(x.shape);
  // An order that moves nothing but axes of size 1 leaves the numbers where they are.
  const moved = order.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)) return alias(x, shape);
  return part(x, 0, shape, order.map((axis) => strides[axis]!)) as tf.TensorInfo;
}

function slice({ x }: { x: tf.TensorInfo }, { begin, size }: tf.SliceAttrs): Result {
  const [from, sizes] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size) as [number[], number[]];
  tf.slice_util.assertParamsValid(x as tf.Tensor, from, sizes);
  const strides = contiguous(x.shape);
  if (x.dtype !== 'string' && tf.util.arraysEqual(x.shape, sizes)) return alias(x);
  return part(x, dot(from, strides), sizes, strides);
}

function stridedSlice({ x }: { x: tf.TensorInfo }, attributes: tf.StridedSliceAttrs): Result {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
  const info = tf.slice_util.sliceInfo(x.shape, begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask);
  const sizes = x.shape.map((_, axis) => Math.max(0, Math.ceil((info.end[axis]! - info.begin[axis]!) / info.strides[axis]!)));
  const own = contiguous(x.shape);
  return part(x, dot(info.begin, own), sizes, own.map((stride, axis) => stride * info.strides[axis]!), info.finalShape);
}

/** Puts tensors next to each other along an axis; those of fewer axes than the result have lost that one. */
function joined(tensors: readonly tf.TensorInfo[], axis: number, outShape: readonly number[], dtype: DataType): Result {
  const bytes = bytesOf(dtype);
  if (!bytes || tensors.some((tensor) => tensor.dtype !== dtype)) return undefined;
  const y = fresh(outShape, dtype);
  const strides = contiguous(outShape);
  let at = 0;
  for (const tensor of tensors) {
    const sizes = outShape.map((size, i) => (i === axis ? (tensor.shape.length < outShape.length ? 1 : tensor.shape[axis]!) : size));
    copy(address(tensor), address(y) + at * bytes, bytes, sizes, contiguous(sizes), strides);
    at += sizes[axis]! * strides[axis]!;
  }
  return y;
}

function concat(inputs: readonly tf.TensorInfo[], { axis }: tf.ConcatAttrs): Result {
  const given = Object.values(inputs);
  const [along] = tf.util.parseAxisParam(axis, given[0]!.shape) as [number];
  tf.backend_util.assertParamsConsistent(given.map(({ shape }) => shape), along);
  const outShape = tf.backend_util.computeOutShape(given.map(({ shape }) => shape), along);
  const filled = given.filter(({ shape }) => tf.util.sizeFromShape(shape) > 0);
  if (filled.length === 1 && filled[0]!.dtype !== 'string') return alias(filled[0]!);
  return joined(filled, along, outShape, given[0]!.dtype);
}

function pack(inputs: readonly tf.TensorInfo[], { axis }: tf.PackAttrs): Result {
  const given = Object.values(inputs);
  const [first] = given as [tf.TensorInfo];
  for (const { shape, dtype } of given) {
    tf.util.assertShapesMatch(first.shape, shape, 'All tensors passed to stack must have matching shapes');
    tf.util.assert(first.dtype === dtype, () => 'All tensors passed to stack must have matching dtypes');
  }
  const along = axis < 0 ? axis + first.shape.length + 1 : axis;
  return joined(given, along, first.shape.toSpliced(along, 0, given.length), first.dtype);
}

/** x cut along an axis into parts of `sizes`. */
function cut(x: tf.TensorInfo, axis: number, sizes: readonly number[], withoutAxis: boolean): tf.TensorInfo[] | undefined {
  if (!bytesOf(x.dtype)) return undefined;
  const strides = contiguous(x.shape);
  let at = 0;
  return sizes.map((size) => {
    const shape = x.shape.with(axis, size);
    const y = part(x, at * strides[axis]!, shape, strides, withoutAxis ? x.shape.toSpliced(axis, 1) : shape);
    at += size;
    return y as tf.TensorInfo;
  });
}

function pad({ x }: { x: tf.TensorInfo }, { paddings, constantValue }: tf.PadV2Attrs): Result {
  const bytes = bytesOf(x.dtype);
  if (!bytes) return undefined;
  const y = fresh(x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]), x.dtype);
  const strides = contiguous(y.shape);
  fill(address(y), tf.util.sizeFromShape(y.shape), constantValue, x.dtype);
  copy(address(x), address(y) + bytes * dot(paddings.map(([before]) => before), strides), bytes, x.shape, contiguous(x.shape), strides);
  return y;
}

function tile({ x }: { x: tf.TensorInfo }, { reps }: tf.TileAttrs): Result {
  const strides = contiguous(x.shape);
  const outShape = x.shape.map((size, axis) => size * reps[axis]!);
  return part(x, 0, x.shape.flatMap((size, axis) => [reps[axis]!, size]), strides.flatMap((stride) => [0, stride]), outShape);
}

function reverse({ x }: { x: tf.TensorInfo }, { dims }: tf.ReverseAttrs): Result {
  const axes = tf.util.parseAxisParam(dims, x.shape);
  const strides = contiguous(x.shape);
  const begin = axes.reduce((sum, axis) => sum + (x.shape[axis]! - 1) * strides[axis]!, 0);
  return part(x, begin, x.shape, strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)));
}

export const moveKernels: readonly Kernel[] = [
  kernel(tf.Slice, slice),
  kernel(tf.StridedSlice, stridedSlice),
  kernel<readonly tf.TensorInfo[], tf.ConcatAttrs>(tf.Concat, concat),
  kernel<readonly tf.TensorInfo[], tf.PackAttrs>(tf.Pack, pack),
  kernel<tf.UnpackInputs, tf.UnpackAttrs>(tf.Unpack, ({ value }, { axis }) => {
    const along = axis < 0 ? axis + value.shape.length : axis;
    return cut(value, along, Array<number>(value.shape[along]!).fill(1), true);
  }),
  kernel<tf.SplitVInputs, tf.SplitVAttrs>(tf.SplitV, ({ x }, { numOrSizeSplits, axis }) => {
    const [along] = tf.util.parseAxisParam(axis, x.shape) as [number];
    return cut(x, along, tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, along), false);
  }),
  kernel(tf.PadV2, pad),
  kernel(tf.Tile, tile),
  kernel(tf.Reverse, reverse),
  kernel<tf.TransposeInputs, tf.TransposeAttrs>(tf.Transpose, ({ x }, { perm }) => (bytesOf(x.dtype) ? transpose(x, perm) : undefined)),
];
