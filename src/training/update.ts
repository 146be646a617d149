/**
 * One update of all weights by an optimizer: what is common to all of them, in Keras's order — gradients are gathered over
 * batches, clipped, weights decay, the formula takes its step, averages follow, constraints have the last word.
 * Pure, and made of tensor operations only, so that it can be recorded.
 */
import type { Constraint } from '../core/constraints.ts';
import type { Optimizer } from '../core/optimizer.ts';
import { formulaOf } from '../core/part.ts';
import { scheduleFunction } from '../core/schedule.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import { clip } from './clip.ts';

/** All that an optimizer remembers from batch to batch. */
export interface OptimizerState {
  /** Batches seen; int32 scalar. */
  readonly iteration: Tensor;
  /** Learning rate, where the optimizer's is a number; float32 scalar. */
  readonly rate: Tensor;
  /** For each weight, its slots by name. */
  readonly slots: readonly Readonly<Record<string, Tensor>>[];
  /** What is kept once for all weights. */
  readonly shared: Readonly<Record<string, Tensor>>;
  /** With `useEma`: the moving average of each weight. */
  readonly averages?: readonly Tensor[];
  /** With `gradientAccumulationSteps`: the sum of each gradient since the last update. */
  readonly accumulators?: readonly Tensor[];
}

/** A weight that learns. `path` is its layer's name and its own, for optimizers that treat weights by name. */
export interface TrainedWeight { readonly tensor: Tensor; readonly constraint?: Constraint | null | undefined; readonly path?: string }

/** A weight that a state is made for; `value` is needed by optimizers that start from it, such as scheduleFreeAdamW. */
export interface WeightToTrain { readonly shape: readonly number[]; readonly value?: Tensor; readonly path?: string }

const zerosLike = (weights: readonly WeightToTrain[]) => weights.map(({ shape }) => tf.zeros([...shape]));

/** What an optimizer remembers before its first batch. The caller owns the tensors. */
export function startState(optimizer: Optimizer, weights: readonly WeightToTrain[]): OptimizerState {
  const { learningRate, useEma, gradientAccumulationSteps } = optimizer.options;
  return {
    iteration: tf.scalar(0, 'int32'),
    rate: tf.scalar(typeof learningRate === 'number' ? learningRate : 0),
    slots: weights.map(({ shape, value: weight, path = '' }) => Object.fromEntries(optimizer.slots({ shape, path }).map(({ name, shape: sizes, value }) =>
      [name, value === 'weight' ? weight?.clone() ?? tf.zeros([...sizes]) : tf.fill([...sizes], value, 'float32')]))),
    shared: Object.fromEntries(Object.entries(optimizer.shared).map(([name, value]) => [name, tf.scalar(value)])),
    ...(useEma && { averages: zerosLike(weights) }),
    ...(gradientAccumulationSteps !== null && { accumulators: zerosLike(weights) }),
  };
}

/** The learning rate for the batch that comes; float32 scalar. */
export function currentRate({ options: { learningRate } }: Optimizer, { iteration, rate }: Pick<OptimizerState, 'iteration' | 'rate'>): Tensor {
  return typeof learningRate === 'number' ? rate : scheduleFunction(learningRate)(tf.cast(iteration, 'float32'));
}

/** Whether the count that goes from `before` to `before + 1` completes a group of `size`; bool scalar. */
const completes = (before: Tensor, size: number) => {
  const groups = (count: Tensor) => tf.floorDiv(count, tf.scalar(size, 'int32'));
  return tf.notEqual(groups(before), groups(tf.add(before, tf.scalar(1, 'int32'))));
};

const choose = (condition: Tensor, yes: Readonly<Record<string, Tensor>>, no: Readonly<Record<string, Tensor>>) =>
  Object.fromEntries(Object.entries(yes).map(([name, tensor]) => [name, tf.where(condition, tensor, no[name]!)]));

type Updated = Pick<OptimizerState, 'slots' | 'shared'> & { readonly weights: readonly Tensor[] };

/** Clipping, decay and formula. `time` counts updates from 1. */
function step(optimizer: Optimizer, weights: readonly TrainedWeight[], gradients: readonly Tensor[], state: OptimizerState, time: Tensor): Updated {
  const rate = currentRate(optimizer, state);
  const clipped = clip(optimizer.options, gradients);
  const factors = new Map<number, Tensor>();
  const decayed = ({ tensor, path = '' }: TrainedWeight) => {
    const decay = optimizer.decay({ shape: tensor.shape, path });
    if (decay === null) return tensor;
    if (!factors.has(decay)) factors.set(decay, tf.sub(1, tf.mul(rate, decay)));
    return tf.mul(tensor, factors.get(decay)!);
  };
  const formula = optimizer.begin({ rate, time, shared: state.shared });
  const after = weights.map((weight, i) => formula.step({ gradient: clipped[i]!, weight: decayed(weight), slots: state.slots[i]! }));
  return { weights: after.map(({ weight }) => weight), slots: after.map(({ slots }) => slots), shared: formula.shared };
}

/** The same, taken at every `size`-th batch, with the mean of their gradients. Every batch computes it, since a recorded step cannot branch. */
function gathered(optimizer: Optimizer, weights: readonly TrainedWeight[], gradients: readonly Tensor[], state: OptimizerState, size: number) {
  const sums = gradients.map((gradient, i) => tf.add(gradient, state.accumulators![i]!));
  const updates = tf.floorDiv(state.iteration, tf.scalar(size, 'int32'));
  const full = completes(state.iteration, size);
  const after = step(optimizer, weights, sums.map((sum) => tf.div(sum, size)), state, tf.add(tf.cast(updates, 'float32'), 1));
  return {
    updates,
    weights: after.weights.map((tensor, i) => tf.where(full, tensor, weights[i]!.tensor)),
    slots: after.slots.map((slots, i) => choose(full, slots, state.slots[i]!)),
    shared: choose(full, after.shared, state.shared),
    accumulators: sums.map((sum) => tf.where(full, tf.zerosLike(sum), sum)),
  };
}

/** Exponential moving averages, and the weights set to them where it is time. `updates`: those done before. */
function averaged({ emaMomentum, emaOverwriteFrequency }: Optimizer['options'], weights: readonly Tensor[], before: readonly Tensor[], updates: Tensor) {
  // The first update sets the averages.
  const momentum = tf.mul(tf.cast(tf.notEqual(updates, tf.scalar(0, 'int32')), 'float32'), emaMomentum);
  const rest = tf.sub(1, momentum);
  const averages = weights.map((weight, i) => tf.add(tf.mul(before[i]!, momentum), tf.mul(weight, rest)));
  if (emaOverwriteFrequency === null) return { weights, averages };
  const due = completes(updates, emaOverwriteFrequency);
  return { weights: weights.map((weight, i) => tf.where(due, averages[i]!, weight)), averages };
}

/**
 * Weights and state after one batch. What does not change (the rate) is handed through as it came; all else is new.
 * @param gradients - one for each weight, of its shape
 */
export function update(
  optimizer: Optimizer, weights: readonly TrainedWeight[], gradients: readonly Tensor[], state: OptimizerState,
): { readonly weights: readonly Tensor[]; readonly state: OptimizerState } {
  const { useEma, gradientAccumulationSteps } = optimizer.options;
  const iteration = tf.add(state.iteration, tf.scalar(1, 'int32'));
  const { weights: stepped, updates = state.iteration, ...kept }: Updated & { updates?: Tensor; accumulators?: readonly Tensor[] } = gradientAccumulationSteps === null
    ? step(optimizer, weights, gradients, state, tf.cast(iteration, 'float32'))
    : gathered(optimizer, weights, gradients, state, gradientAccumulationSteps);
  const { weights: followed, ...averages } = useEma ? averaged(optimizer.options, stepped, state.averages!, updates) : { weights: stepped };
  const constrained = followed.map((tensor, i) => {
    const { constraint } = weights[i]!;
    return constraint ? formulaOf(constraint)(tensor) : tensor;
  });
  return { weights: constrained, state: { iteration, rate: state.rate, ...kept, ...averages } };
}
