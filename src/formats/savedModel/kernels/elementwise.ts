/** Operations that work on each element. */
import { tf } from '../../../core/tensor.ts';
import { attr } from '../../../runtime/native/record/graph.ts';
import type { KernelWriter } from '../graph.ts';
import { typeNumber } from '../typeNumber.ts';

/** tfjs's kernels that TensorFlow has by the same name and with the same inputs. */
const ofOne = [
  tf.Abs, tf.Acos, tf.Acosh, tf.Asin, tf.Asinh, tf.Atan, tf.Atanh, tf.Ceil, tf.Cos, tf.Cosh, tf.Elu, tf.Erf, tf.Exp, tf.Expm1, tf.Floor, tf.IsFinite, tf.IsInf, tf.IsNan, tf.Log,
  tf.Log1p, tf.LogicalNot, tf.Neg, tf.OnesLike, tf.Reciprocal, tf.Relu, tf.Relu6, tf.Round, tf.Rsqrt, tf.Selu, tf.Sigmoid, tf.Sign, tf.Sin, tf.Sinh, tf.Softplus, tf.Sqrt, tf.Square,
  tf.Tan, tf.Tanh, tf.ZerosLike,
];

/** tfjs's kernels of two inputs, and TensorFlow's names for them. */
const ofTwo: Readonly<Record<string, string>> = {
  [tf.Add]: 'AddV2', [tf.Sub]: 'Sub', [tf.Multiply]: 'Mul', [tf.RealDiv]: 'RealDiv', [tf.FloorDiv]: 'FloorDiv', [tf.Mod]: 'FloorMod', [tf.Maximum]: 'Maximum', [tf.Minimum]: 'Minimum',
  [tf.Pow]: 'Pow', [tf.SquaredDifference]: 'SquaredDifference', [tf.Atan2]: 'Atan2', [tf.Equal]: 'Equal', [tf.NotEqual]: 'NotEqual', [tf.Greater]: 'Greater',
  [tf.GreaterEqual]: 'GreaterEqual', [tf.Less]: 'Less', [tf.LessEqual]: 'LessEqual', [tf.LogicalAnd]: 'LogicalAnd', [tf.LogicalOr]: 'LogicalOr', [tf.BitwiseAnd]: 'BitwiseAnd',
};

const one = (kernel: string): KernelWriter => ({ graph, inputs, output }) => graph.add(kernel, inputs, output.dtype);
const two = (op: string): KernelWriter => ({ graph, input, output }) => graph.add(op, [input('a'), input('b')], output.dtype);

/** 1 where positive, `alpha` elsewhere; not a number where there is none. */
const step: KernelWriter = ({ graph, input, node, output: { dtype } }) => {
  const x = input('x');
  const positive = graph.add('Greater', [x, graph.scalar(0, x.dtype)], 'bool');
  const steps = graph.add('SelectV2', [positive, graph.scalar(1, dtype), graph.scalar((node.attrs.alpha as number | undefined) ?? 0, dtype)], dtype);
  return x.dtype === 'float32' ? graph.add('SelectV2', [graph.add('IsNan', [x], 'bool'), x, steps], dtype) : steps;
};

const prelu: KernelWriter = ({ graph, input, output: { dtype } }) => {
  const x = input('x');
  const negative = graph.add('Mul', [input('alpha'), graph.add('Minimum', [x, graph.scalar(0, dtype)], dtype)], dtype);
  return graph.add('AddV2', [graph.add('Relu', [x], dtype), negative], dtype);
};

const clip: KernelWriter = ({ graph, input, node, output: { dtype } }) => {
  const { clipValueMin, clipValueMax } = node.attrs as { clipValueMin: number; clipValueMax: number };
  return graph.add('ClipByValue', [input('x'), graph.scalar(clipValueMin, dtype), graph.scalar(clipValueMax, dtype)], dtype);
};

const batchNormalization: KernelWriter = ({ graph, node, input, output: { dtype } }) => {
  const float = (op: string, ...inputs: Parameters<typeof graph.add>[1]) => graph.add(op, inputs, dtype);
  const spread = float('Rsqrt', float('AddV2', input('variance'), graph.scalar(node.attrs.varianceEpsilon as number, dtype)));
  const scale = 'scale' in node.inputs ? float('Mul', spread, input('scale')) : spread;
  const scaled = float('Mul', float('Sub', input('x'), input('mean')), scale);
  return 'offset' in node.inputs ? float('AddV2', scaled, input('offset')) : scaled;
};

export const elementwiseKernels: Readonly<Record<string, KernelWriter>> = {
  ...Object.fromEntries(ofOne.map((kernel) => [kernel, one(kernel)])),
  ...Object.fromEntries(Object.entries(ofTwo).map(([kernel, op]) => [kernel, two(op)])),
  [tf.LogicalXor]: ({ graph, input }) => graph.add('NotEqual', [input('a'), input('b')], 'bool'),
  [tf.AddN]: ({ graph, inputs, output: { dtype } }) => graph.add('AddN', inputs, dtype, { N: attr.int(inputs.length), T: attr.type(typeNumber(dtype)) }),
  [tf.Cast]: ({ graph, input, output: { dtype } }) => graph.add('Cast', [input('x')], dtype, { DstT: attr.type(typeNumber(dtype)) }),
  [tf.Step]: step,
  [tf.Prelu]: prelu,
  [tf.LeakyRelu]: ({ graph, input, node, output: { dtype } }) => graph.add('LeakyRelu', [input('x')], dtype, { alpha: attr.float(node.attrs.alpha as number), T: attr.type(typeNumber(dtype)) }),
  [tf.ClipByValue]: clip,
  [tf.Select]: ({ graph, input, output: { dtype }, valueOf }) =>
    // A vector of conditions chooses rows.
    graph.add(valueOf('condition').shape.length === 1 && valueOf('t').shape.length > 1 ? 'Select' : 'SelectV2', [input('condition'), input('t'), input('e')], dtype),
  [tf.Softmax]: ({ graph, input, output }) => graph.add('Softmax', [input('logits')], output.dtype),
  [tf.LogSoftmax]: ({ graph, input, output }) => graph.add('LogSoftmax', [input('logits')], output.dtype),
  [tf.FusedBatchNorm]: batchNormalization,
  [tf.LRN]: ({ graph, input, node, output }) => {
    const { depthRadius, bias, alpha, beta } = node.attrs as { depthRadius: number; bias: number; alpha: number; beta: number };
    return graph.add('LRN', [input('x')], output.dtype, { depth_radius: attr.int(depthRadius), bias: attr.float(bias), alpha: attr.float(alpha), beta: attr.float(beta), T: attr.type(typeNumber('float32')) });
  },
};

