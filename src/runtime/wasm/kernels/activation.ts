import { tf } from '../../../core/tensor.ts';
import { address, heap } from '../heap.ts';
import { parametricRelu } from './binary.ts';

/** What tfjs fuses with a convolution or a matrix product. */
export interface Activation {
  readonly activation?: tf.backend_util.Activation;
  readonly leakyreluAlpha?: number;
}

/** The bounds that an activation puts on a sum, if it is no more than that. */
const bounds: Partial<Record<tf.backend_util.Activation, readonly [low: number, high: number]>> = {
  relu: [0, Infinity],
  relu6: [0, 6],
};

/** The bounds to store the sums within. */
export const boundsOf = ({ activation }: Activation): readonly [low: number, high: number] => (activation && bounds[activation]) ?? [-Infinity, Infinity];

/** Applies, in place, an activation that is more than bounds. `alpha`: the weights of a prelu. */
export function activate(y: tf.TensorInfo, { activation, leakyreluAlpha = 0.2 }: Activation, alpha?: tf.TensorInfo): void {
  const at = address(y);
  const n = tf.util.sizeFromShape(y.shape);
  if (activation === 'sigmoid') heap.kernels.sigmoid(at, at, n);
  else if (activation === 'elu') heap.kernels.elu(at, at, n, 1, 1);
  else if (activation === 'leakyrelu') heap.kernels.leakyRelu(at, at, n, leakyreluAlpha);
  else if (activation === 'prelu') parametricRelu(y, alpha!);
}
