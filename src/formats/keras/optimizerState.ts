/** The optimizer's state as the list of arrays that Keras keeps: `optimizer/vars/0`, `1`, … */
import { ModelError } from '../../core/errors.ts';
import { tf, type Tensor } from '../../core/tensor.ts';
import type { Variable } from '../../model/variables.ts';
import type { Trainer } from '../../training/trainer.ts';
import type { OptimizerState } from '../../training/update.ts';
import { checkArray, tensorFrom, type StoredArray } from '../weightsSet.ts';

/** One place of the list: how it is read from a state, and how a state takes it over. */
interface Entry { readonly what: string; readonly tensor: Tensor; readonly put: (state: MutableState, tensor: Tensor) => void }

type MutableState = {
  -readonly [K in keyof OptimizerState]: OptimizerState[K];
} & { slots: Record<string, Tensor>[]; shared: Record<string, Tensor>; averages?: Tensor[]; accumulators?: Tensor[] };

/** Iteration, rate (where it is a number, and kept), averages, accumulators, slots weight by weight, slots in blocks, what is kept once. */
function entriesOf({ compiled, learning, optimizerState: state }: Trainer, order: readonly Variable[], withRate = true): readonly Entry[] {
  const { keras, options } = compiled.optimizer;
  const blocks = keras?.blocks ?? [];
  const places = new Map(learning.map((variable, i) => [variable, i]));
  const indices = order.flatMap((variable) => places.get(variable) ?? []);
  const slot = (i: number, name: string): Entry[] => {
    const tensor = state.slots[i]![name];
    return tensor ? [{ what: `${name} of ${learning[i]!.path}`, tensor, put: (to, value) => void (to.slots[i]![name] = value) }] : [];
  };
  const names = (i: number) => Object.keys(state.slots[i]!).filter((name) => !blocks.includes(name));
  const block = (what: 'averages' | 'accumulators'): Entry[] => (state[what] ? indices.map((i) => ({ what: `${what} of ${learning[i]!.path}`, tensor: state[what]![i]!, put: (to, value) => void (to[what]![i] = value) })) : []);
  return [
    { what: 'iteration', tensor: state.iteration, put: (to, value) => void (to.iteration = value) },
    ...(withRate && typeof options.learningRate === 'number' ? [{ what: 'learning rate', tensor: state.rate, put: (to: MutableState, value: Tensor) => void (to.rate = value) }] : []),
    ...block('averages'),
    ...block('accumulators'),
    ...indices.flatMap((i) => names(i).flatMap((name) => slot(i, name))),
    ...blocks.flatMap((name) => indices.flatMap((i) => slot(i, name))),
    ...Object.entries(state.shared).map(([name, tensor]): Entry => ({ what: name, tensor, put: (to, value) => void (to.shared[name] = value) })),
  ];
}

/** The state's tensors in Keras's order. `order`: that of the weights in the file. */
export function optimizerArrays(trainer: Trainer, order: readonly Variable[]): readonly Tensor[] {
  // Layers may have been frozen or thawed since the last step.
  trainer.refresh();
  return entriesOf(trainer, order).map(({ tensor }) => tensor);
}

/**
 * Takes over a state from a file. `withRate`: whether the file keeps the learning rate among the arrays. A model that was compiled but never trained has only iteration and rate there.
 * @throws ModelError, before anything is taken over, if the file's arrays are not those of this optimizer
 */
export function restoreOptimizer(trainer: Trainer, order: readonly Variable[], arrays: readonly StoredArray[], where: string, { withRate = true } = {}): void {
  const entries = entriesOf(trainer, order, withRate);
  const fresh = entries.findIndex(({ what }) => what !== 'iteration' && what !== 'learning rate');
  const untrained = arrays.length === (fresh < 0 ? entries.length : fresh);
  if (!untrained && arrays.length !== entries.length) {
    throw new ModelError(where, `the optimizer ${trainer.compiled.optimizer.kind} has ${entries.length} arrays of state, but the file has ${arrays.length}`);
  }
  arrays.forEach((array, i) => checkArray(array, `the optimizer's ${entries[i]!.what}`, entries[i]!.tensor.shape, where));
  const old = trainer.optimizerState;
  const state: MutableState = {
    ...old, slots: old.slots.map((each) => ({ ...each })), shared: { ...old.shared },
    ...(old.averages && { averages: [...old.averages] }), ...(old.accumulators && { accumulators: [...old.accumulators] }),
  } as MutableState;
  const made: Tensor[] = [];
  try {
    arrays.forEach((array, i) => made.push(tf.keep(tensorFrom(array, entries[i]!.tensor.dtype as 'float32' | 'int32'))));
  } catch (error) {
    tf.dispose(made);
    throw error;
  }
  made.forEach((tensor, i) => entries[i]!.put(state, tensor));
  trainer.restore(state);
}
