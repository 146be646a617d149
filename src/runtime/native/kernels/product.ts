/** Products of two matrices. tfjs-node takes TensorFlow's operation for batches of matrices, which takes ten times as long on small ones. */
import type { Tensor } from '../../../core/tensor.ts';
import { runOp } from '../ops.ts';
import { nativeKernel, register } from './register.ts';

export function registerProduct(): void {
  const own = nativeKernel('BatchMatMul')!;
  register('BatchMatMul', ({ a, b }, { transposeA, transposeB }, call) =>
    a!.rank === 2 && b!.rank === 2
      ? runOp('MatMul', [a!, b!], { T: { type: a!.dtype }, transpose_a: { bool: transposeA as boolean }, transpose_b: { bool: transposeB as boolean } })
      : (own(call) as Tensor));
}
