/** Operations that repeat an operand where it is smaller: tfjs-core's gradients of these forget to sum over the repetitions. */
import { type Tensor, tf } from '../../core/tensor.ts';
import { gradient, sumTo } from './define.ts';

/** Gradients of an element-wise operation, each as large as the result. */
const elementwise = (kernel: string, byA: (dy: Tensor, a: Tensor, b: Tensor) => Tensor, byB: (dy: Tensor, a: Tensor, b: Tensor) => Tensor) =>
  gradient(kernel, ['a', 'b'], (dy, [a, b]) => ({
    a: () => sumTo(byA(dy, a!, b!), a!.shape),
    b: () => sumTo(byB(dy, a!, b!), b!.shape),
  }));

/** One matrix for a whole batch: its gradient is a single product over all rows of the batch. */
const isShared = ({ shape }: Tensor) => tf.util.sizeFromShape(shape.slice(0, -2)) === 1;
const rows = (x: Tensor) => x.reshape([-1, x.shape.at(-1)!]);

function byFactors(dy: Tensor, a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean) {
  const byB = (): Tensor => {
    if (isShared(b) && !transposeA) {
      const [left, right] = transposeB ? [dy, a] : [a, dy];
      return tf.matMul(rows(left), rows(right), true, false);
    }
    return transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false);
  };
  return {
    a: () => sumTo(transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB), a.shape),
    b: () => sumTo(byB(), b.shape),
  };
}

export const broadcastingGradients = [
  elementwise(tf.Maximum, (dy, a, b) => dy.mul(a.greaterEqual(b).cast('float32')), (dy, a, b) => dy.mul(a.less(b).cast('float32'))),
  elementwise(tf.Minimum, (dy, a, b) => dy.mul(a.lessEqual(b).cast('float32')), (dy, a, b) => dy.mul(a.greater(b).cast('float32'))),
  elementwise(tf.SquaredDifference, (dy, a, b) => dy.mul(a.sub(b).mul(2)), (dy, a, b) => dy.mul(b.sub(a).mul(2))),
  gradient(tf.BatchMatMul, ['a', 'b'], (dy, [a, b], { transposeA, transposeB }) => byFactors(dy, a!, b!, transposeA as boolean, transposeB as boolean)),
];
