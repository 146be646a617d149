import { type DataType, tf } from '../../../core/tensor.ts';
import { fill } from '../copy.ts';
import { address, alias, fresh, heap, release } from '../heap.ts';
import { kernel, type Kernel, type Result } from '../kernel.ts';

const sizeOf = ({ shape }: tf.TensorInfo) => tf.util.sizeFromShape(shape);

const conversions = {
  'float32→int32': 'floatToInteger',
  'int32→float32': 'integerToFloat',
  'float32→bool': 'floatToBoolean',
  'int32→bool': 'integerToBoolean',
  'bool→float32': 'booleanToFloat',
  'bool→int32': 'booleanToInteger',
} as const;

function cast({ x }: { x: tf.TensorInfo }, { dtype }: tf.CastAttrs): Result {
  if (x.dtype === dtype && dtype !== 'string') return alias(x);
  const conversion = conversions[`${x.dtype}→${dtype}` as keyof typeof conversions] as (typeof conversions)[keyof typeof conversions] | undefined;
  if (!conversion) return undefined;
  const y = fresh(x.shape, dtype);
  heap.kernels[conversion](address(x), address(y), sizeOf(x));
  return y;
}

/** (condition and t) or (not condition and e), of one shape; tfjs's own reads four bytes where there is one. */
function selectTruths(condition: tf.TensorInfo, t: tf.TensorInfo, e: tf.TensorInfo): Result {
  const [y, rest] = [fresh(t.shape, 'bool'), fresh(t.shape, 'bool')];
  const n = sizeOf(t);
  heap.kernels.not(address(condition), address(rest), n);
  heap.kernels.and(address(rest), address(e), address(rest), n);
  heap.kernels.and(address(condition), address(t), address(y), n);
  heap.kernels.or(address(y), address(rest), address(y), n);
  release(rest);
  return y;
}

function select({ condition, t, e }: Record<'condition' | 't' | 'e', tf.TensorInfo>): Result {
  if (t.dtype === 'bool' && e.dtype === 'bool' && sizeOf(condition) === sizeOf(t)) return selectTruths(condition, t, e);
  if (t.dtype === 'bool' || t.dtype === 'string' || t.dtype !== e.dtype) return undefined;
  const y = fresh(t.shape, t.dtype);
  const n = sizeOf(condition);
  if (n > 0) heap.kernels.select(address(condition), address(t), address(e), address(y), n, sizeOf(t) / n);
  return y;
}

function filled(shape: readonly number[], dtype: DataType, value: number): Result {
  if (dtype === 'string' || dtype === 'complex64') return undefined;
  const y = fresh(shape, dtype);
  fill(address(y), sizeOf(y), value, dtype);
  return y;
}

export const convertKernels: readonly Kernel[] = [
  kernel(tf.Cast, cast),
  kernel(tf.Select, select),
  kernel<object, tf.FillAttrs>(tf.Fill, (_, { shape, value, dtype }) => (typeof value === 'number' ? filled(shape, dtype ?? 'float32', value) : undefined)),
  kernel<tf.ZerosLikeInputs>(tf.ZerosLike, ({ x }) => filled(x.shape, x.dtype, 0)),
  kernel<tf.OnesLikeInputs>(tf.OnesLike, ({ x }) => filled(x.shape, x.dtype, 1)),
];
