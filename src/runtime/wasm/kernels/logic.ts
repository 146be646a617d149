import { tf } from '../../../core/tensor.ts';
import { address, fresh, heap } from '../heap.ts';
import { kernel, type Kernel, type Result } from '../kernel.ts';

interface Operands {
  a: tf.TensorInfo;
  b: tf.TensorInfo;
}

const joined = (name: string, run: 'and' | 'or'): Kernel =>
  kernel<Operands>(name, ({ a, b }) => {
    if (!tf.util.arraysEqual(a.shape, b.shape)) return undefined;
    const y = fresh(a.shape, 'bool');
    heap.kernels[run](address(a), address(b), address(y), tf.util.sizeFromShape(y.shape));
    return y;
  });

interface Attributes {
  axis: number | number[];
  keepDims: boolean;
}

/** What a reduction over neighbouring axes walks over; nothing if others lie between them. */
function middle(x: tf.TensorInfo, { axis, keepDims }: Attributes): { outer: number; n: number; inner: number; shape: number[] } | undefined {
  const axes = tf.util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
  if (axes.some((each, i) => i > 0 && each !== axes[i - 1]! + 1)) return undefined;
  const [kept] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
  const size = (from: number, to: number) => tf.util.sizeFromShape(x.shape.slice(from, to));
  const [first, last] = [axes[0] ?? 0, axes.at(-1) ?? -1];
  return { outer: size(0, first), n: size(first, last + 1), inner: size(last + 1, x.shape.length), shape: keepDims ? tf.backend_util.expandShapeToKeepDim(kept, axes) : kept };
}

const quantifier = (name: string, any: boolean): Kernel =>
  kernel<{ x: tf.TensorInfo }, Attributes>(name, ({ x }, attributes): Result => {
    const walk = x.dtype === 'bool' ? middle(x, attributes) : undefined;
    if (!walk) return undefined;
    const y = fresh(walk.shape, 'bool');
    heap.kernels.quantify(address(x), address(y), walk.outer, walk.n, walk.inner, Number(any));
    return y;
  });

/** Sums of whole numbers; those of floats are `reduce.ts`'s. */
export function sumOfIntegers(x: tf.TensorInfo, attributes: Attributes): Result {
  const walk = middle(x, attributes);
  if (!walk) return undefined;
  const y = fresh(walk.shape, 'int32');
  heap.kernels.sumIntegers(address(x), address(y), walk.outer, walk.n, walk.inner);
  return y;
}

export const logicKernels: readonly Kernel[] = [
  joined(tf.LogicalAnd, 'and'),
  joined(tf.LogicalOr, 'or'),
  quantifier(tf.Any, true),
  quantifier(tf.All, false),
];
