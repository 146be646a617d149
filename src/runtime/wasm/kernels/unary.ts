import { tf } from '../../../core/tensor.ts';
import * as operation from '../assembly/operations.ts';
import { address, alias, fresh, heap } from '../heap.ts';
import { kernel, type Kernel, type Result } from '../kernel.ts';

const sizeOf = ({ shape }: tf.TensorInfo) => tf.util.sizeFromShape(shape);

type Parameters = readonly [alpha: number, beta: number];
const none = (): Parameters => [0, 0];

/** A kernel that maps each number of x by itself; `parameters`: its alpha and beta. */
function unary<Attributes = object>(name: string, code: number, parameters: (attributes: Attributes) => Parameters = none): Kernel {
  return kernel<{ x: tf.TensorInfo }, Attributes>(name, ({ x }, attributes) => {
    if (x.dtype !== 'float32') return undefined;
    const y = fresh(x.shape);
    heap.kernels.unary(code, address(x), address(y), sizeOf(x), ...parameters(attributes));
    return y;
  });
}

/** Every number of a type that has none but numbers, told by a comparison of it with itself. */
const isNumber = (name: string, code: number): Kernel =>
  kernel<{ x: tf.TensorInfo }>(name, ({ x }): Result => {
    if (x.dtype !== 'float32') return undefined;
    const y = fresh(x.shape, 'bool');
    heap.kernels.compare(code, address(x), address(x), address(y), 1, 1, 1, 1, sizeOf(x), 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
    return y;
  });

export const unaryKernels: readonly Kernel[] = [
  unary(tf.Abs, operation.ABSOLUTE),
  unary(tf.Neg, operation.NEGATIVE),
  unary(tf.Square, operation.SQUARE),
  unary(tf.Sqrt, operation.SQUARE_ROOT),
  unary(tf.Rsqrt, operation.RECIPROCAL_ROOT),
  unary(tf.Reciprocal, operation.RECIPROCAL),
  unary(tf.Floor, operation.FLOOR),
  unary(tf.Ceil, operation.CEILING),
  unary(tf.Round, operation.ROUND),
  unary(tf.Sign, operation.SIGN),
  unary<tf.StepAttrs>(tf.Step, operation.STEP, ({ alpha }) => [alpha, 0]),
  unary<tf.ClipByValueAttrs>(tf.ClipByValue, operation.CLIP, ({ clipValueMin, clipValueMax }) => [clipValueMin, clipValueMax]),
  unary(tf.Relu, operation.CLIP, () => [0, Infinity]),
  unary(tf.Relu6, operation.CLIP, () => [0, 6]),
  unary<tf.LeakyReluAttrs>(tf.LeakyRelu, operation.LEAKY_RELU, ({ alpha }) => [alpha, 0]),
  unary(tf.Elu, operation.ELU, () => [1, 1]),
  unary(tf.Selu, operation.ELU, () => [tf.backend_util.SELU_SCALEALPHA / tf.backend_util.SELU_SCALE, tf.backend_util.SELU_SCALE]),
  unary(tf.Exp, operation.EXPONENTIAL),
  unary(tf.Expm1, operation.EXPONENTIAL_MINUS_1),
  unary(tf.Log, operation.LOGARITHM),
  unary(tf.Log1p, operation.LOGARITHM_OF_1_PLUS),
  unary(tf.Sigmoid, operation.LOGISTIC),
  unary(tf.Tanh, operation.HYPERBOLIC_TANGENT),
  unary(tf.Softplus, operation.SOFTPLUS),
  unary(tf.Erf, operation.ERROR_FUNCTION),
  isNumber(tf.IsNan, operation.NOT_EQUAL),
  kernel<tf.LogicalNotInputs>(tf.LogicalNot, ({ x }) => {
    const y = fresh(x.shape, 'bool');
    heap.kernels.not(address(x), address(y), sizeOf(x));
    return y;
  }),
  kernel<tf.IdentityInputs>(tf.Identity, ({ x }) => (x.dtype === 'string' ? undefined : alias(x))),
];
