import { tf } from '../../../core/tensor.ts';
import { address, fresh, heap } from '../heap.ts';
import { kernel } from '../kernel.ts';

const random = (name: string, run: 'randomUniform' | 'randomNormal') =>
  kernel<{ seed: tf.TensorInfo }, { shape: number[] }>(name, ({ seed }, { shape }) => {
    tf.util.assert(seed.dtype === 'int32' && tf.util.sizeFromShape(seed.shape) === 2, () => `${name} needs a seed of two int32, got ${seed.dtype} of shape [${seed.shape}].`);
    const out = fresh(shape);
    heap.kernels[run](address(seed), address(out), tf.util.sizeFromShape(shape));
    return out;
  });

/** Not kernels of tfjs: TensorFlow's operations of these names. */
export const randomKernels = [random('StatelessRandomUniform', 'randomUniform'), random('StatelessRandomNormal', 'randomNormal')];
