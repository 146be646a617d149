import { tf } from '../../core/tensor.ts';
import { gradient } from './define.ts';

/** `|x|` has no slope at 0, as in Keras; tfjs-core takes −1 there, which pulls weights that an L1 penalty holds at 0. */
export const absoluteGradients = [gradient(tf.Abs, ['x'], (dy, [x]) => ({ x: () => tf.mul(dy, tf.sign(x!)) }))];
