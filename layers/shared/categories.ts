/** Numbers of categories as vectors. */
import { sized, type Shape } from '../../src/core/shape.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';

/** One vector for each number, one for all along the last axis with 1 where a category is among them, or with how often it is. */
export const outputModes = ['multiHot', 'oneHot', 'count'] as const;
export type OutputMode = (typeof outputModes)[number];

export function encodedShape(input: Shape, mode: OutputMode, depth: number): Shape {
  const whole = mode === 'oneHot' && input.at(-1) !== 1;
  return sized(...(whole ? input : input.slice(0, -1)), depth);
}

/** `numbers` are int32; one outside of 0 … depth − 1 is no category. */
export function encoded(numbers: Tensor, mode: OutputMode, depth: number): Tensor {
  const alone = mode === 'oneHot' && numbers.rank > 1 && numbers.shape.at(-1) === 1;
  const each = tf.oneHot(alone ? tf.reshape(numbers, numbers.shape.slice(0, -1)) : numbers, depth, 1, 0, 'float32');
  if (mode === 'oneHot') return each;
  return mode === 'count' ? tf.sum(each, -2) : tf.max(each, -2);
}
