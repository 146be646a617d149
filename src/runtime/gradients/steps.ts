/**
 * Operations that are constant between jumps: their gradient is 0. tfjs-core throws for most of them as soon as what they look at is being
 * differentiated by, which forbids `where(greater(x, 0), …)`.
 */
import { type Tensor, tf } from '../../core/tensor.ts';
import { gradient } from './define.ts';

const flat = (kernel: string, inputs: string[]): tf.GradConfig =>
  gradient(kernel, inputs, (_, saved) => Object.fromEntries(inputs.map((name, i): [string, () => Tensor] => [name, () => tf.zeros(saved[i]!.shape)])));

const ofTwo = [
  tf.Equal, tf.NotEqual, tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual, tf.LogicalAnd, tf.LogicalOr, tf.FloorDiv,
];
const ofOne = [tf.LogicalNot, tf.Any, tf.All];

export const stepGradients = [...ofTwo.map((kernel) => flat(kernel, ['a', 'b'])), ...ofOne.map((kernel) => flat(kernel, ['x']))];
