/** A quadratic to descend: its gradient is `curvature · (weight − goal)`. */
import type { Constraint } from '../../src/core/constraints.ts';
import type { Optimizer } from '../../src/core/optimizer.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { optimizerArrays, restoreOptimizer } from '../../src/formats/keras/optimizerState.ts';
import type { Variable } from '../../src/model/variables.ts';
import type { Trainer } from '../../src/training/trainer.ts';
import { startState, update, type OptimizerState } from '../../src/training/update.ts';

export interface Values { readonly shape: readonly number[]; readonly values: readonly number[] }
export interface Hill {
  readonly path: string;
  readonly start: Values;
  readonly goal: Values;
  readonly curvature: Values;
  readonly constraint?: Constraint | undefined;
}

export interface Descent { readonly weights: readonly Tensor[]; readonly state: OptimizerState }

const tensor = ({ shape, values }: Values) => tf.tensor([...values], [...shape], 'float32');

const weightsOf = (hills: readonly Hill[]) => hills.map(({ path, start }) => ({ path, shape: start.shape, value: tensor(start) }));

export function beginning(optimizer: Optimizer, hills: readonly Hill[]): Descent {
  const weights = weightsOf(hills);
  return { weights: weights.map(({ value }) => value), state: startState(optimizer, weights) };
}

/** One batch. */
export function descend(optimizer: Optimizer, hills: readonly Hill[], { weights, state }: Descent): Descent {
  const gradients = hills.map(({ goal, curvature }, i) => tf.mul(tensor(curvature), tf.sub(weights[i]!, tensor(goal))));
  return update(optimizer, hills.map(({ path, constraint }, i) => ({ path, tensor: weights[i]!, constraint })), gradients, state);
}

/** What is there after each of so many batches; the first is the start. */
export function descents(optimizer: Optimizer, hills: readonly Hill[], batches: number): Descent[] {
  const path = [beginning(optimizer, hills)];
  while (path.length <= batches) path.push(descend(optimizer, hills, path.at(-1)!));
  return path;
}

export const numbers = (tensors: readonly Tensor[]): number[][] => tensors.map((each) => [...each.dataSync()]);

/** As much of a trainer as files look at. */
const trainer = (optimizer: Optimizer, hills: readonly Hill[], descent: Descent) => {
  const mine = { compiled: { optimizer }, learning: hills, refresh: () => undefined, optimizerState: descent.state, restore: (state: OptimizerState) => void (mine.optimizerState = state) };
  return mine as unknown as Trainer;
};

/** As much of variables as files look at: which they are, and in which order. */
const inOrder = (hills: readonly Hill[]) => hills as unknown as readonly Variable[];

/** The state as Keras's files list it. */
export const arraysOf = (optimizer: Optimizer, hills: readonly Hill[], descent: Descent): readonly Tensor[] => optimizerArrays(trainer(optimizer, hills, descent), inOrder(hills));

/** The same weights, and the state that a file with these arrays gives. */
export function resumed(optimizer: Optimizer, hills: readonly Hill[], { weights, state }: Descent): Descent {
  const arrays = arraysOf(optimizer, hills, { weights, state }).map((tensor, i) => ({ place: String(i), dtype: tensor.dtype, shape: tensor.shape, read: () => tensor.dataSync() as Float32Array }) as never);
  const fresh = trainer(optimizer, hills, beginning(optimizer, hills));
  restoreOptimizer(fresh, inOrder(hills), arrays, 'test');
  return { weights, state: fresh.optimizerState };
}

/** A single weight at 1 with goal 0 and curvature 1: its gradient is its value. */
export const bowl = (start = 1): Hill[] => [
  { path: 'layer/weight', start: { shape: [1], values: [start] }, goal: { shape: [1], values: [0] }, curvature: { shape: [1], values: [1] } },
];
