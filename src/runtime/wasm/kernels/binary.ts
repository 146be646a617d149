import { type DataType, tf } from '../../../core/tensor.ts';
import * as operation from '../assembly/operations.ts';
import { address, fresh, heap } from '../heap.ts';
import { kernel, type Kernel } from '../kernel.ts';
import { collapse, contiguous, inAxes, repeated } from '../strides.ts';

type Run = 'binary' | 'binaryInteger' | 'compare' | 'compareInteger';

/** `operation` on each pair of numbers of a and b, either repeated along the axes that it lacks or has once. */
function combine(run: Run, code: number, a: tf.TensorInfo, b: tf.TensorInfo, out: tf.TensorInfo): tf.TensorInfo {
  const bytes = out.dtype === 'bool' ? 1 : 4;
  const size = tf.util.sizeFromShape(out.shape);
  if (tf.util.arraysEqual(a.shape, b.shape)) {
    heap.kernels[run](code, address(a), address(b), address(out), 1, 1, 1, 1, size, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
    return out;
  }
  if (size === 0) return out;
  const walk = collapse({ sizes: out.shape, strides: [repeated(a.shape, out.shape), repeated(b.shape, out.shape), contiguous(out.shape)] });
  const n = walk.sizes.at(-1)!;
  const [aMoves, bMoves] = walk.strides.map((own) => own.at(-1)!);
  const outer = { sizes: walk.sizes.slice(0, -1), strides: walk.strides.map((own) => own.slice(0, -1)) };
  inAxes(outer, 4, ([n0, n1, n2, n3], [a0, a1, a2, a3, b0, b1, b2, b3], [aOffset, bOffset, offset]) => {
    heap.kernels[run](
      code, address(a) + 4 * aOffset!, address(b) + 4 * bOffset!, address(out) + bytes * offset!, n0!, n1!, n2!, n3!, n,
      a0!, a1!, a2!, a3!, aMoves!, b0!, b1!, b2!, b3!, bMoves!,
    );
  });
  return out;
}

interface Operands {
  a: tf.TensorInfo;
  b: tf.TensorInfo;
}

const both = ({ a, b }: Operands, dtype: DataType) => a.dtype === dtype && b.dtype === dtype;
const outShape = ({ a, b }: Operands) => tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);

/** An operation on floats, and on int32 if it is one of the few for which WebAssembly has that. */
const arithmetic = (name: string, code: number, integers = false): Kernel =>
  kernel<Operands>(name, (operands) => {
    const run = both(operands, 'float32') ? 'binary' : integers && both(operands, 'int32') ? 'binaryInteger' : undefined;
    return run && combine(run, code, operands.a, operands.b, fresh(outShape(operands), operands.a.dtype));
  });

const comparison = (name: string, code: number): Kernel =>
  kernel<Operands>(name, (operands) => {
    const run = both(operands, 'float32') ? 'compare' : both(operands, 'int32') ? 'compareInteger' : undefined;
    return run && combine(run, code, operands.a, operands.b, fresh(outShape(operands), 'bool'));
  });

/** Replaces x by x where it is above 0, by alpha · x elsewhere; alpha may be smaller. */
export const parametricRelu = (x: tf.TensorInfo, alpha: tf.TensorInfo): void => void combine('binary', operation.PARAMETRIC_RELU, x, alpha, x);

export const binaryKernels: readonly Kernel[] = [
  arithmetic(tf.Add, operation.ADD, true),
  arithmetic(tf.Sub, operation.SUBTRACT, true),
  arithmetic(tf.Multiply, operation.MULTIPLY, true),
  arithmetic(tf.RealDiv, operation.DIVIDE),
  arithmetic(tf.Maximum, operation.MAXIMUM, true),
  arithmetic(tf.Minimum, operation.MINIMUM, true),
  arithmetic(tf.SquaredDifference, operation.SQUARED_DIFFERENCE),
  arithmetic(tf.Pow, operation.POWER),
  arithmetic(tf.FloorDiv, operation.FLOOR_DIVIDE, true),
  comparison(tf.Equal, operation.EQUAL),
  comparison(tf.NotEqual, operation.NOT_EQUAL),
  comparison(tf.Less, operation.LESS),
  comparison(tf.LessEqual, operation.LESS_EQUAL),
  comparison(tf.Greater, operation.GREATER),
  comparison(tf.GreaterEqual, operation.GREATER_EQUAL),
  kernel<tf.PreluInputs>(tf.Prelu, ({ x, alpha }) => {
    const operands = { a: x, b: alpha };
    return both(operands, 'float32') ? combine('binary', operation.PARAMETRIC_RELU, x, alpha, fresh(outShape(operands))) : undefined;
  }),
  kernel<tf.EluGradInputs>(tf.EluGrad, ({ dy, y }) => combine('binary', operation.ELU_GRADIENT, dy, y, fresh(y.shape))),
  kernel<readonly tf.TensorInfo[]>(tf.AddN, (inputs) => {
    const terms = Object.values(inputs) as tf.TensorInfo[];
    const [first, second, ...rest] = terms;
    if (!first || !second || terms.some(({ dtype }) => dtype !== 'float32')) return undefined;
    const sum = combine('binary', operation.ADD, first, second, fresh(first.shape));
    for (const term of rest) combine('binary', operation.ADD, sum, term, sum);
    return sum;
  }),
];
