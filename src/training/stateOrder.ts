/** An optimizer's memory as a list: the order of Keras's weights files (`optimizer/vars/0`, `1`, …). */
import { ModelError } from '../core/errors.ts';
import type { Optimizer } from '../core/optimizer.ts';
import { show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import type { OptimizerState, WeightToTrain } from './update.ts';

interface Entry { readonly name: string; readonly shape: readonly number[] }

/** Names and sizes of what is kept, in order. Names are ibex's: `iteration`, `averages/0`, `slots/2/momentum`, `shared/uProduct`. */
export function stateOrder(optimizer: Optimizer, weights: readonly WeightToTrain[]): readonly Entry[] {
  const { learningRate, useEma, gradientAccumulationSteps } = optimizer.options;
  const blocks = optimizer.keras?.blocks ?? [];
  const each = (kind: string): Entry[] => weights.map(({ shape }, i) => ({ name: `${kind}/${i}`, shape }));
  const slots = weights.flatMap(({ shape, path = '' }, i) =>
    optimizer.slots({ shape, path }).map((slot) => ({ slot: slot.name, name: `slots/${i}/${slot.name}`, shape: slot.shape })));
  return [
    { name: 'iteration', shape: [] },
    ...(typeof learningRate === 'number' ? [{ name: 'rate', shape: [] }] : []),
    ...(useEma ? each('averages') : []),
    ...(gradientAccumulationSteps === null ? [] : each('accumulators')),
    ...slots.filter(({ slot }) => !blocks.includes(slot)),
    ...blocks.flatMap((block) => slots.filter(({ slot }) => slot === block)),
    ...Object.keys(optimizer.shared).map((name) => ({ name: `shared/${name}`, shape: [] })),
  ].map(({ name, shape }) => ({ name, shape }));
}

/** The tensors of a state in the order of `stateOrder`. They stay the state's. */
export function listState(optimizer: Optimizer, weights: readonly WeightToTrain[], state: OptimizerState): readonly Tensor[] {
  const at = (value: unknown, key: string) => (value as Record<string, unknown>)[key];
  return stateOrder(optimizer, weights).map(({ name }) => name.split('/').reduce<unknown>(at, state) as Tensor);
}

/**
 * The state that a list of tensors in the order of `stateOrder` makes up (the iteration as int32, else float32); the tensors become the state's.
 * @throws ModelError if there are more or fewer than this optimizer keeps, or one has another shape
 */
export function restoreState(optimizer: Optimizer, weights: readonly WeightToTrain[], tensors: readonly Tensor[]): OptimizerState {
  const order = stateOrder(optimizer, weights);
  const refuse = (problem: string) => new ModelError(optimizer.kind, `${problem}; the file was saved with another optimizer, other options or another model`);
  if (order.length !== tensors.length) throw refuse(`keeps ${order.length} tensors for these weights, but ${tensors.length} were saved`);
  const saved = new Map(order.map(({ name, shape }, i) => {
    const tensor = tensors[i]!;
    if (show(tensor.shape) !== show([...shape])) throw refuse(`${name} has shape ${show([...shape])}, but ${show(tensor.shape)} was saved`);
    return [name, tensor];
  }));
  const all = (kind: string) => weights.map((_, i) => saved.get(`${kind}/${i}`)!);
  return {
    iteration: saved.get('iteration')!,
    rate: saved.get('rate') ?? tf.scalar(0),
    slots: weights.map(({ shape, path = '' }, i) => Object.fromEntries(optimizer.slots({ shape, path }).map(({ name }) => [name, saved.get(`slots/${i}/${name}`)!]))),
    shared: Object.fromEntries(Object.keys(optimizer.shared).map((name) => [name, saved.get(`shared/${name}`)!])),
    ...(saved.has('averages/0') && { averages: all('averages') }),
    ...(saved.has('accumulators/0') && { accumulators: all('accumulators') }),
  };
}
