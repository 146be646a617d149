/**
 * Randomness inside a step. A draw is a pure function of a seed tensor, so that a recorded step draws anew at each replay and
 * a resumed run draws what an unbroken one would have: the seed is (model's seed, number of the step).
 */
import { tf, type Tensor } from './tensor.ts';

/** Draws for one pass through a model; the n-th draw of a pass depends on the pass's seed and on n alone. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(shape: readonly number[], seed?: number | null): Tensor;
  /** Normal with mean 0 and deviation 1. */
  normal(shape: readonly number[], seed?: number | null): Tensor;
}

/** @param seed - int32 tensor of shape [2]: what identifies the model, and the number of the step. */
export function randomFrom(seed: Tensor): Random {
  let draws = 0;
  const draw = (kernel: string) => (shape: readonly number[], own?: number | null): Tensor => {
    const n = draws++;
    // A layer's own seed is mixed with the pass's by addition too: the same layer in two places still draws twice.
    const shifted = tf.add(seed, tf.tensor1d([n + (own ?? 0), 0], 'int32'));
    return tf.engine().runKernel(kernel, { seed: shifted }, { shape: [...shape] }) as Tensor;
  };
  return { uniform: draw('StatelessRandomUniform'), normal: draw('StatelessRandomNormal') };
}
