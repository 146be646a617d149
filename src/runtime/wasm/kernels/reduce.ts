import { tf } from '../../../core/tensor.ts';
import * as operation from '../assembly/operations.ts';
import { address, alias, fresh, heap, release } from '../heap.ts';
import { kernel, type Kernel } from '../kernel.ts';
import { sumOfIntegers } from './logic.ts';

const product = (sizes: readonly number[]) => tf.util.sizeFromShape([...sizes]);

/** Runs of neighbouring axes that are all reduced, or all kept. */
function runs(shape: readonly number[], axes: readonly number[]): { size: number; reduced: boolean }[] {
  const found: { size: number; reduced: boolean }[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const reduced = axes.includes(axis);
    const last = found.at(-1);
    if (last?.reduced === reduced) last.size *= size;
    else found.push({ size, reduced });
  });
  return found;
}

/** x reduced over some axes, times `scale`; the first run of axes first, as its rows are added fastest and leave least to do. */
export function reduce(code: number, x: tf.TensorInfo, axes: readonly number[], outShape: readonly number[], scale = 1): tf.TensorInfo {
  const groups = runs(x.shape, axes);
  let given = x;
  for (let at = groups.findIndex(({ reduced }) => reduced); at >= 0; at = groups.findIndex(({ reduced }) => reduced)) {
    const [{ size: n } = { size: 1 }] = groups.splice(at, 1);
    const sizes = groups.map(({ size }) => size);
    const last = !groups.some(({ reduced }) => reduced);
    const y = fresh(last ? outShape : sizes);
    heap.kernels.reduce(code, address(given), address(y), product(sizes.slice(0, at)), n, product(sizes.slice(at)), last ? scale : 1);
    if (given !== x) release(given);
    given = y;
  }
  return given === x ? alias(x, outShape) : given;
}

interface Attributes {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims: boolean;
}

function shapes(x: tf.TensorInfo, { axis, reductionIndices, keepDims }: Attributes) {
  const axes = tf.util.parseAxisParam((axis ?? reductionIndices)!, x.shape);
  const [kept, reduced] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
  return { axes, outShape: keepDims ? tf.backend_util.expandShapeToKeepDim(kept, axes) : kept, count: product(reduced) };
}

const reduction = (name: string, code: number, isMean = false): Kernel =>
  kernel<{ x: tf.TensorInfo }, Attributes>(name, ({ x }, attributes) => {
    if (x.dtype === 'int32' && code === operation.SUM && !isMean) return sumOfIntegers(x, { axis: (attributes.axis ?? attributes.reductionIndices)!, keepDims: attributes.keepDims });
    if (x.dtype !== 'float32') return undefined;
    const { axes, outShape, count } = shapes(x, attributes);
    return reduce(code, x, axes, outShape, isMean ? 1 / count : 1);
  });

const extremePlace = (name: string, smallest: boolean): Kernel =>
  kernel<tf.ArgMaxInputs, tf.ArgMaxAttrs>(name, ({ x }, { axis }) => {
    if (x.dtype !== 'float32') return undefined;
    const [along] = tf.util.parseAxisParam(axis, x.shape) as [number];
    const y = fresh(x.shape.filter((_, i) => i !== along), 'int32');
    heap.kernels.extremePlace(address(x), address(y), product(x.shape.slice(0, along)), x.shape[along]!, product(x.shape.slice(along + 1)), Number(smallest));
    return y;
  });

const scan = (name: string, code: number): Kernel =>
  kernel<tf.CumsumInputs, tf.CumsumAttrs>(name, ({ x }, { axis, exclusive, reverse }) => {
    if (x.dtype !== 'float32') return undefined;
    const [along] = tf.util.parseAxisParam(axis, x.shape) as [number];
    const y = fresh(x.shape);
    heap.kernels.scan(code, address(x), address(y), product(x.shape.slice(0, along)), x.shape[along] ?? 1, product(x.shape.slice(along + 1)), Number(exclusive), Number(reverse));
    return y;
  });

export const reduceKernels: readonly Kernel[] = [
  reduction(tf.Sum, operation.SUM),
  reduction(tf.Mean, operation.SUM, true),
  reduction(tf.Prod, operation.PRODUCT),
  reduction(tf.Max, operation.LARGEST),
  reduction(tf.Min, operation.SMALLEST),
  extremePlace(tf.ArgMax, false),
  extremePlace(tf.ArgMin, true),
  scan(tf.Cumsum, operation.SUM),
  scan(tf.Cumprod, operation.PRODUCT),
  kernel<tf.SoftmaxInputs, tf.SoftmaxAttrs>(tf.Softmax, ({ logits }, { dim }) => {
    const n = logits.shape[dim]!;
    const y = fresh(logits.shape);
    const size = product(logits.shape);
    if (size > 0) heap.kernels.softmax(address(logits), address(y), size / n, n);
    return y;
  }),
];
