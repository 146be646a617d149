import { type Tensor, tf } from '../../core/tensor.ts';
import { gradient } from './define.ts';

interface Scan {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/** Σ over all places of the scan that an element went into. */
const sumOfLater = (x: Tensor, { axis, exclusive, reverse }: Scan) => tf.cumsum(x, axis, exclusive, !reverse);

/**
 * dx_i = Σ_j dy_j · y_j / x_i, over the j that x_i went into. At the first 0 of the axis the products are taken without it; behind it, all are 0.
 */
function byCumprod(dy: Tensor, x: Tensor, scan: Scan): Tensor {
  const { axis, exclusive, reverse } = scan;
  const isZero = x.equal(0);
  const zerosBefore = tf.cumsum(isZero.cast('float32'), axis, true, reverse);
  const isFirstZero = isZero.logicalAnd(zerosBefore.equal(0));
  const one = tf.onesLike(x);
  const atOthers = sumOfLater(dy.mul(tf.cumprod(x, axis, exclusive, reverse)), scan).div(tf.where(isZero, one, x));
  const atFirstZero = sumOfLater(dy.mul(tf.cumprod(tf.where(isFirstZero, one, x), axis, exclusive, reverse)), scan);
  return tf.where(isFirstZero, atFirstZero, tf.where(isZero, tf.zerosLike(x), atOthers));
}

/** tfjs-core turns the gradient of a cumsum over any axis but the last the wrong way round, and has none of a cumprod. */
export const scanGradients = [
  gradient(tf.Cumsum, [], (dy, _, attributes) => ({ x: () => sumOfLater(dy, attributes as unknown as Scan) })),
  gradient(tf.Cumprod, ['x'], (dy, [x], attributes) => ({ x: () => byCumprod(dy, x!, attributes as unknown as Scan) })),
];
