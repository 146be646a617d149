/** Recurrent layers of the usual kind as one operation of the engine. */
import type { z } from 'zod';
import type { Activation } from '../../src/core/activations.ts';
import type { Run } from '../../src/core/defineLayer.ts';
import { hasSequence, overSequence, type SequenceCell } from '../../src/core/sequence.ts';
import { lookupOf } from '../../src/core/lookup.ts';
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
 * Whether to multiply a table rather than the rows looked up in it: each product saved is worth more than it takes to look up a row of products, and to add up
 * what flows back to it, once the rows are some 32 numbers long (measured on both engines).
 */
const paysOff = (tableRows: number, rows: number, features: number) => (rows - tableRows) * features >= 32 * rows;

/** x W + b of all steps, `[steps, batch, gates · units]`. */
function inputProducts<O extends Options, W extends WeightSpecs>(x: Tensor, kernel: Tensor, bias: Tensor | undefined, run: Run<O, W>): Tensor {
  const [batch, steps, features] = x.shape as [number, number, number];
  const found = run.training && run.options.dropout > 0 ? undefined : lookupOf(x);
  if (found && found.indices.rank === 2 && paysOff(found.table.shape[0]!, steps * batch, features)) {
    const products = tf.matMul(found.table, kernel);
    return tf.gather(bias ? tf.add(products, bias) : products, tf.transpose(found.indices));
  }
  const byTime = tf.transpose(x, [1, 0, 2]);
  const { input: dropped } = cellMasks(run, byTime, 1);
  const rows = tf.reshape(dropped ? tf.mul(byTime, dropped) : byTime, [steps * batch, features]);
  // The bias as one more row of the kernel: adding it, and summing up what flows back to it, would each be a pass over all gates of all steps.
  const products = bias
    ? tf.matMul(tf.concat([rows, tf.ones([steps * batch, 1])], 1), tf.concat([kernel, tf.reshape(bias, [1, -1])], 0))
    : tf.matMul(rows, kernel);
  return tf.reshape(products, [steps, batch, -1]);
}

/**
 * What the layer gives for `x` (`[batch, steps, features]`), all steps in one operation; `undefined` where it is not of the usual kind, or the engine has none.
 * @param states - how many states of `[units]` the cell has
 */
export function wholeSequence<O extends Options, W extends WeightSpecs>(
  cell: SequenceCell, x: Tensor, states: number, { kernel, recurrentKernel, bias, stateBias }: Weights, run: Run<O, W>,
): readonly Tensor[] | undefined {
  const { options, mask } = run;
  const { units, returnSequences, returnState, stateful, goBackwards, zeroOutputForMask } = options;
  const [batch, steps] = x.shape as [number, number, number];
  if (!isUsual(options, run.training) || !hasSequence(cell) || steps === 0) return undefined;
  const products = inputProducts(x, kernel, bias, run);
  const { first, fresh } = startOf(batch, Array<number[]>(states).fill([units]), run);
  const sequence = { x: products, kernel: recurrentKernel, bias: stateBias, states: first, fromZeros: fresh, mask: mask && tf.cast(mask, 'bool') };
  return handOut(overSequence(cell, sequence, { goBackwards, returnSequences, zeroOutputForMask, returnState: returnState || stateful }), run);
}
