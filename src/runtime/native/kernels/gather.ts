/** Rows by their indices: tfjs-node's kernel reads the indices back to check them, which takes longer than gathering and cannot be recorded. TensorFlow checks them itself. */
import { tf } from '../../../core/tensor.ts';
import { runOp } from '../ops.ts';
import { register } from './register.ts';

export function registerGather(): void {
  register('GatherV2', ({ x, indices }, { axis, batchDims }) =>
    runOp('GatherV2', [x!, indices!, tf.scalar(axis as number, 'int32')], {
      batch_dims: { int: batchDims as number },
      Tparams: { type: x!.dtype },
      Tindices: { type: indices!.dtype },
      Taxis: { type: 'int32' },
    }));
}
