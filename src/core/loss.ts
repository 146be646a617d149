/** The contract of a loss: one number for each example (for sequences and images: for each step or pixel). The trainer weights and averages. */
import { z } from 'zod';
import type { Arguments } from './arguments.ts';
import { parseOptions } from './errors.ts';
import type { NdArray } from './array.ts';
import type { KerasForm } from './keras.ts';
import { tf, type Tensor } from './tensor.ts';

/** `(yTrue, yPred)`, both of shape [batch, …, features] → values of shape [batch, …]. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

export const reductions = ['sumOverBatchSize', 'sum', 'mean', 'meanWithSampleWeight', 'none'] as const;
export type Reduction = (typeof reductions)[number];

/** A configured loss: a function of targets and predictions, with what it was made of. */
export interface Loss extends LossFunction {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly reduction: Reduction;
  readonly keras: KerasForm | undefined;
  /**
   * What targets must be: a sentence that says what is wrong with these, or `undefined`. Runs on the host, before training.
   * `outputShape` is that of the predictions.
   */
  readonly problemWith?: (yTrue: NdArray, outputShape: readonly (number | null)[]) => string | undefined;
}

export interface LossDefinition<S extends z.ZodObject> {
  readonly kind: string;
  readonly keras?: KerasForm;
  readonly options: S;
  /** The formula for these options. Pure, made of tensor operations only. */
  readonly call: (options: z.output<S>) => LossFunction;
  /** See `Loss`; the options come last. */
  readonly problemWith?: (yTrue: NdArray, outputShape: readonly (number | null)[], options: z.output<S>) => string | undefined;
}

const common = { reduction: z.enum(reductions).default('sumOverBatchSize') };
type CommonOptions = {
  /** How the values become one number: their mean (default), their sum, their mean over the sum of the weights. */
  reduction?: Reduction | undefined;
};
type FactoryArguments<S extends z.ZodType> = Arguments<S, CommonOptions>;

export interface LossFactory<S extends z.ZodObject = z.ZodObject> {
  (...given: FactoryArguments<S>): Loss;
  readonly kind: string;
  readonly keras: KerasForm | undefined;
  readonly options: S;
}

/** Defines a loss with options; a plain function `(yTrue, yPred) => values` can be given to `compile` as it is. */
export function defineLoss<S extends z.ZodObject>({ kind, keras, options: own, call, problemWith }: LossDefinition<S>): LossFactory<S> {
  const schema = own.extend(common);
  const factory = (...[given]: FactoryArguments<S>): Loss => {
    const { reduction, ...rest } = parseOptions(kind, schema, given ?? {}) as z.output<S> & { reduction: Reduction };
    const options = rest as unknown as z.output<S>;
    const loss = call(options);
    const values: LossFunction = (yTrue, yPred) => loss(yTrue, yPred);
    const check: Loss['problemWith'] = problemWith && ((yTrue, outputShape) => problemWith(yTrue, outputShape, options));
    return Object.assign(values, { kind, keras, options, reduction, ...(check && { problemWith: check }) });
  };
  return Object.assign(factory, { kind, keras, options: own });
}

/** Gives `x` the rank of `like` by axes of size 1 at the end, or takes such an axis away. Keras's `squeeze_or_expand_to_same_rank`. */
export function toRank(x: Tensor, rank: number): Tensor {
  if (x.rank < rank) return tf.reshape(x, [...x.shape, ...Array<number>(rank - x.rank).fill(1)]);
  if (x.rank === rank + 1 && x.shape.at(-1) === 1) return tf.squeeze(x, [-1]);
  return x;
}

/** Which values of a loss count, where it leaves some out of the mean (a class to ignore, say): 1 or 0 for each value. */
const counts = new WeakMap<Tensor, Tensor>();

/** Marks loss values of which only those count where `counted` (in their shape) is 1. `reduceLoss` heeds it as it heeds a mask. */
export const countOnly = (counted: Tensor, values: Tensor): Tensor => {
  counts.set(values, counted);
  return values;
};

/**
 * Weighted mean or sum of loss values, as Keras 3 does it (`keras.losses.loss.reduce_weighted_values`): a mask's steps are
 * left out of the mean, sample weights multiply but do not change the divisor.
 */
export function reduceLoss(values: Tensor, reduction: Reduction, sampleWeight?: Tensor, mask?: Tensor): Tensor {
  const averages = reduction !== 'sum' && reduction !== 'none';
  let weights = sampleWeight;
  const own = counts.get(values);
  if (mask || own) {
    let counted = mask && own ? tf.mul(toRank(tf.cast(mask, 'float32'), own.rank), own) : tf.cast((mask ?? own)!, 'float32');
    if (averages && reduction !== 'meanWithSampleWeight') counted = tf.mul(counted, tf.divNoNan(tf.scalar(counted.size), tf.sum(counted)));
    weights = weights ? tf.mul(toRank(weights, counted.rank), counted) : counted;
  }
  const weighted = weights ? tf.mul(values, toRank(weights, values.rank)) : values;
  const total = tf.sum(weighted);
  if (!averages) return total;
  // The divisor's share apart: divNoNan compares, which a gradient cannot go back through.
  return reduction === 'meanWithSampleWeight' && weights ? tf.mul(total, tf.divNoNan(1, tf.sum(weights))) : tf.div(total, weighted.size);
}
