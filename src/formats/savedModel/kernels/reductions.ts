/** Operations that take a tensor together along axes, or run along one; and products. */
import { tf } from '../../../core/tensor.ts';
import { attr } from '../../../runtime/native/record/graph.ts';
import type { KernelWriter } from '../graph.ts';
import { typeNumber } from '../typeNumber.ts';

const reduction = (op: string): KernelWriter => ({ graph, input, node, output }) => {
  const { axis, reductionIndices, keepDims } = node.attrs as { axis?: number | readonly number[]; reductionIndices?: number | readonly number[]; keepDims?: boolean };
  return graph.add(op, [input('x'), graph.ints([(axis ?? reductionIndices)!].flat() as readonly number[])], output.dtype, { keep_dims: attr.bool(keepDims ?? false) });
};

const place = (op: string): KernelWriter => ({ graph, input, node }) =>
  graph.add(op, [input('x'), graph.scalar(node.attrs.axis as number)], 'int32', { output_type: attr.type(typeNumber('int32')) });

const scan = (op: string): KernelWriter => ({ graph, input, node, output }) => {
  const { axis, exclusive, reverse } = node.attrs as { axis: number; exclusive: boolean; reverse: boolean };
  return graph.add(op, [input('x'), graph.scalar(axis)], output.dtype, { exclusive: attr.bool(exclusive), reverse: attr.bool(reverse) });
};

const product: KernelWriter = ({ graph, input, node, output, valueOf }) => {
  const { transposeA, transposeB } = node.attrs as { transposeA: boolean; transposeB: boolean };
  const [a, b] = [attr.bool(transposeA), attr.bool(transposeB)];
  // On two matrices it is the faster one, and other programs know it better.
  const flat = valueOf('a').shape.length === 2 && valueOf('b').shape.length === 2;
  return graph.add(flat ? 'MatMul' : 'BatchMatMulV2', [input('a'), input('b')], output.dtype, flat ? { transpose_a: a, transpose_b: b } : { adj_x: a, adj_y: b });
};

export const reductionKernels: Readonly<Record<string, KernelWriter>> = {
  ...Object.fromEntries([tf.Sum, tf.Mean, tf.Max, tf.Min, tf.Prod, tf.All, tf.Any].map((kernel) => [kernel, reduction(kernel)])),
  [tf.ArgMax]: place('ArgMax'),
  [tf.ArgMin]: place('ArgMin'),
  [tf.Cumsum]: scan('Cumsum'),
  [tf.Cumprod]: scan('Cumprod'),
  [tf.BatchMatMul]: product,
  [tf.Einsum]: ({ graph, inputs, node, output: { dtype } }) =>
    graph.add('Einsum', inputs, dtype, { equation: attr.string(node.attrs.equation as string), N: attr.int(inputs.length), T: attr.type(typeNumber(dtype)) }),
  [tf.TopK]: ({ graph, input, node, output: { dtype } }) => graph.addAll({ op: 'TopKV2', inputs: [input('x'), graph.scalar(node.attrs.k as number)], attrs: { sorted: attr.bool(node.attrs.sorted as boolean) } }, [dtype, 'int32']),
};
