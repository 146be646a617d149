/** Products of two matrices. tfjs-node takes TensorFlow's operation for batches of matrices, which takes ten times as long on small ones. */
import { tf, type Tensor } from '../../../core/tensor.ts';
import { runOp } from '../ops.ts';
import { nativeKernel, register } from './register.ts';

/** The last two axes, if there is but one matrix. */
const matrix = (x: Tensor): Tensor | undefined => (x.rank === 2 ? x : x.rank === 3 && x.shape[0] === 1 ? tf.reshape(x, x.shape.slice(1)) : undefined);

export function registerProduct(): void {
  const own = nativeKernel('BatchMatMul')!;
  register('BatchMatMul', ({ a, b }, { transposeA, transposeB }, call) => {
    const [left, right] = [matrix(a!), matrix(b!)];
    if (!left || !right) return own(call) as Tensor;
    const product = runOp('MatMul', [left, right], { T: { type: a!.dtype }, transpose_a: { bool: transposeA as boolean }, transpose_b: { bool: transposeB as boolean } });
    // tfjs's fused product has a batch of one.
    return a!.rank === 2 && b!.rank === 2 ? product : tf.reshape(product, [1, ...product.shape]);
  });
}
