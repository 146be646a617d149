/** Recurrent layers of the usual kind as one operation of the engine. */
import type { z } from 'zod';
import type { Activation } from '../../src/core/activations.ts';
import type { Run } from '../../src/core/defineLayer.ts';
import { hasSequence, overSequence, type SequenceCell } from '../../src/core/sequence.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import type { WeightSpecs } from '../../src/core/weight.ts';
import { cellMasks, type CellOptions } from './recurrentCell.ts';
import { handOut, type recurrenceOptions, startOf } from './recurrence.ts';

type Options = CellOptions & z.output<z.ZodObject<typeof recurrenceOptions>> & { readonly recurrentActivation?: Activation };

interface Weights {
  /** `[features, gates · units]` */
  readonly kernel: Tensor;
  /** `[units, gates · units]` */
  readonly recurrentKernel: Tensor;
  /** Of the products with the input, and of those with the state where the cell has one there. */
  readonly bias: Tensor | undefined;
  readonly stateBias?: Tensor | undefined;
}

/** What engines have as one operation: the same cells as cuDNN. */
const isUsual = ({ activation, recurrentActivation = 'sigmoid', recurrentDropout }: Options, training: boolean) =>
  activation === 'tanh' && recurrentActivation === 'sigmoid' && !(training && recurrentDropout > 0);

/**
 * What the layer gives for `x` (`[batch, steps, features]`), all steps in one operation; `undefined` where it is not of the usual kind, or the engine has none.
 * @param states - how many states of `[units]` the cell has
 */
export function wholeSequence<O extends Options, W extends WeightSpecs>(
  cell: SequenceCell, x: Tensor, states: number, { kernel, recurrentKernel, bias, stateBias }: Weights, run: Run<O, W>,
): readonly Tensor[] | undefined {
  const { options, mask } = run;
  const { units, returnSequences, returnState, stateful, goBackwards, zeroOutputForMask } = options;
  const [batch, steps, features] = x.shape as [number, number, number];
  if (!isUsual(options, run.training) || !hasSequence(cell) || steps === 0) return undefined;
  const byTime = tf.transpose(x, [1, 0, 2]);
  const { input: dropped } = cellMasks(run, byTime, 1);
  const rows = tf.reshape(dropped ? tf.mul(byTime, dropped) : byTime, [steps * batch, features]);
  // The bias as one more row of the kernel: adding it, and summing up what flows back to it, would each be a pass over all gates of all steps.
  const products = bias
    ? tf.matMul(tf.concat([rows, tf.ones([steps * batch, 1])], 1), tf.concat([kernel, tf.reshape(bias, [1, -1])], 0))
    : tf.matMul(rows, kernel);
  const { first } = startOf(batch, Array<number[]>(states).fill([units]), run);
  const sequence = { x: tf.reshape(products, [steps, batch, -1]), kernel: recurrentKernel, bias: stateBias, states: first, mask: mask && tf.cast(mask, 'bool') };
  return handOut(overSequence(cell, sequence, { goBackwards, returnSequences, zeroOutputForMask, returnState: returnState || stateful }), run);
}
