import { tf } from '../../../core/tensor.ts';
import * as operation from '../assembly/operations.ts';
import { address, alias, fresh, heap } from '../heap.ts';
import { kernel, type Kernel } from '../kernel.ts';

const sizeOf = ({ shape }: tf.TensorInfo) => tf.util.sizeFromShape(shape);

/** A kernel that maps each number of x by itself. */
const unary = <Attributes = object>(name: string, map: (x: number, y: number, n: number, attributes: Attributes) => void): Kernel =>
  kernel<{ x: tf.TensorInfo }, Attributes>(name, ({ x }, attributes) => {
    if (x.dtype !== 'float32') return undefined;
    const y = fresh(x.shape);
    map(address(x), address(y), sizeOf(x), attributes);
    return y;
  });

/** A kernel that says something of each number of x. */
const test = (name: string, map: (x: number, y: number, n: number) => void): Kernel =>
  kernel<{ x: tf.TensorInfo }>(name, ({ x }) => {
    if (x.dtype !== 'float32') return undefined;
    const y = fresh(x.shape, 'bool');
    map(address(x), address(y), sizeOf(x));
    return y;
  });

const { SELU_SCALE, SELU_SCALEALPHA } = tf.backend_util;

export const unaryKernels: readonly Kernel[] = [
  unary(tf.Abs, (x, y, n) => heap.kernels.absolute(x, y, n)),
  unary(tf.Neg, (x, y, n) => heap.kernels.negative(x, y, n)),
  unary(tf.Square, (x, y, n) => heap.kernels.square(x, y, n)),
  unary(tf.Sqrt, (x, y, n) => heap.kernels.squareRoot(x, y, n)),
  unary(tf.Rsqrt, (x, y, n) => heap.kernels.reciprocalRoot(x, y, n)),
  unary(tf.Reciprocal, (x, y, n) => heap.kernels.reciprocal(x, y, n)),
  unary(tf.Floor, (x, y, n) => heap.kernels.floor(x, y, n)),
  unary(tf.Ceil, (x, y, n) => heap.kernels.ceiling(x, y, n)),
  unary(tf.Round, (x, y, n) => heap.kernels.round(x, y, n)),
  unary(tf.Sign, (x, y, n) => heap.kernels.sign(x, y, n)),
  unary<tf.StepAttrs>(tf.Step, (x, y, n, { alpha }) => heap.kernels.step(x, y, n, alpha)),
  unary<tf.ClipByValueAttrs>(tf.ClipByValue, (x, y, n, { clipValueMin, clipValueMax }) => heap.kernels.clip(x, y, n, clipValueMin, clipValueMax)),
  unary(tf.Relu, (x, y, n) => heap.kernels.clip(x, y, n, 0, Infinity)),
  unary(tf.Relu6, (x, y, n) => heap.kernels.clip(x, y, n, 0, 6)),
  unary<tf.LeakyReluAttrs>(tf.LeakyRelu, (x, y, n, { alpha }) => heap.kernels.leakyRelu(x, y, n, alpha)),
  unary(tf.Elu, (x, y, n) => heap.kernels.elu(x, y, n, 1, 1)),
  unary(tf.Selu, (x, y, n) => heap.kernels.elu(x, y, n, SELU_SCALEALPHA / SELU_SCALE, SELU_SCALE)),
  unary(tf.Exp, (x, y, n) => heap.kernels.exp(x, y, n)),
  unary(tf.Expm1, (x, y, n) => heap.kernels.expMinus1(x, y, n)),
  unary(tf.Log, (x, y, n) => heap.kernels.log(x, y, n)),
  unary(tf.Log1p, (x, y, n) => heap.kernels.log1Plus(x, y, n)),
  unary(tf.Sigmoid, (x, y, n) => heap.kernels.sigmoid(x, y, n)),
  unary(tf.Tanh, (x, y, n) => heap.kernels.tanh(x, y, n)),
  unary(tf.Softplus, (x, y, n) => heap.kernels.logOf1PlusExp(x, y, n)),
  unary(tf.Erf, (x, y, n) => heap.kernels.erf(x, y, n)),
  unary(tf.Sin, (x, y, n) => heap.kernels.sin(x, y, n)),
  unary(tf.Cos, (x, y, n) => heap.kernels.cos(x, y, n)),
  test(tf.IsInf, (x, y, n) => heap.kernels.isInfinite(x, y, n)),
  test(tf.IsFinite, (x, y, n) => heap.kernels.isFiniteNumber(x, y, n)),
  // What is not a number differs from itself.
  test(tf.IsNan, (x, y, n) => heap.kernels.compare(operation.NOT_EQUAL, x, x, y, 1, 1, 1, 1, n, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)),
  kernel<tf.LogicalNotInputs>(tf.LogicalNot, ({ x }) => {
    const y = fresh(x.shape, 'bool');
    heap.kernels.not(address(x), address(y), sizeOf(x));
    return y;
  }),
  kernel<tf.IdentityInputs>(tf.Identity, ({ x }) => (x.dtype === 'string' ? undefined : alias(x))),
];
