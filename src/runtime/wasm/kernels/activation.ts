import { tf } from '../../../core/tensor.ts';
import * as operation from '../assembly/operations.ts';
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
  const inPlace = (code: number, first: number, second: number) => heap.kernels.unary(code, address(y), address(y), tf.util.sizeFromShape(y.shape), first, second);
  if (activation === 'sigmoid') inPlace(operation.LOGISTIC, 0, 0);
  else if (activation === 'elu') inPlace(operation.ELU, 1, 1);
  else if (activation === 'leakyrelu') inPlace(operation.LEAKY_RELU, leakyreluAlpha, 0);
  else if (activation === 'prelu') parametricRelu(y, alpha!);
}
