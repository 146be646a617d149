/** The optimizer's state as the list of arrays that Keras keeps: `optimizer/vars/0`, `1`, … */
import { ModelError } from '../../core/errors.ts';
import { show } from '../../core/shape.ts';
import { tf, type Tensor } from '../../core/tensor.ts';
import type { Trainer } from '../../training/trainer.ts';
import type { OptimizerState } from '../../training/update.ts';

/** One place of the list: how it is read from a state, and how a state takes it over. */
interface Entry { readonly what: string; readonly tensor: Tensor; readonly put: (state: MutableState, tensor: Tensor) => void }

type MutableState = {
  -readonly [K in keyof OptimizerState]: OptimizerState[K];
} & { slots: Record<string, Tensor>[]; shared: Record<string, Tensor>; averages?: Tensor[]; accumulators?: Tensor[] };

/** Iteration, rate (where it is a number), averages, accumulators, slots weight by weight, slots in blocks, what is kept once. */
function entriesOf({ compiled, learning, optimizerState: state }: Trainer): readonly Entry[] {
  const { keras, options } = compiled.optimizer;
  const blocks = keras?.blocks ?? [];
  const slot = (i: number, name: string): Entry[] => {
    const tensor = state.slots[i]![name];
    return tensor ? [{ what: `${name} of ${learning[i]!.path}`, tensor, put: (to, value) => void (to.slots[i]![name] = value) }] : [];
  };
  const names = (i: number) => Object.keys(state.slots[i]!).filter((name) => !blocks.includes(name));
  return [
    { what: 'iteration', tensor: state.iteration, put: (to, value) => void (to.iteration = value) },
    ...(typeof options.learningRate === 'number' ? [{ what: 'learning rate', tensor: state.rate, put: (to: MutableState, value: Tensor) => void (to.rate = value) }] : []),
    ...(state.averages ?? []).map((tensor, i): Entry => ({ what: `average of ${learning[i]!.path}`, tensor, put: (to, value) => void (to.averages![i] = value) })),
    ...(state.accumulators ?? []).map((tensor, i): Entry => ({ what: `accumulator of ${learning[i]!.path}`, tensor, put: (to, value) => void (to.accumulators![i] = value) })),
    ...learning.flatMap((_, i) => names(i).flatMap((name) => slot(i, name))),
    ...blocks.flatMap((name) => learning.flatMap((_, i) => slot(i, name))),
    ...Object.entries(state.shared).map(([name, tensor]): Entry => ({ what: name, tensor, put: (to, value) => void (to.shared[name] = value) })),
  ];
}

/** The state's tensors in Keras's order. */
export const optimizerArrays = (trainer: Trainer): readonly Tensor[] => entriesOf(trainer).map(({ tensor }) => tensor);

/**
 * Takes over a state from a file. A model that was compiled but never trained has only iteration and rate there.
 * @throws ModelError if the file's arrays are not those of this optimizer.
 */
export function restoreOptimizer(trainer: Trainer, arrays: readonly { readonly shape: readonly number[]; readonly data: ArrayLike<number | bigint> }[], where: string): void {
  const entries = entriesOf(trainer);
  const fresh = entries.findIndex(({ what }) => what !== 'iteration' && what !== 'learning rate');
  const untrained = arrays.length === (fresh < 0 ? entries.length : fresh);
  if (!untrained && arrays.length !== entries.length) {
    throw new ModelError(where, `the optimizer ${trainer.compiled.optimizer.kind} has ${entries.length} arrays of state, but the file has ${arrays.length}; load with { compile: false } and compile anew`);
  }
  const old = trainer.optimizerState;
  const state: MutableState = {
    ...old, slots: old.slots.map((each) => ({ ...each })), shared: { ...old.shared },
    ...(old.averages && { averages: [...old.averages] }), ...(old.accumulators && { accumulators: [...old.accumulators] }),
  } as MutableState;
  arrays.forEach(({ shape, data }, i) => {
    const { what, tensor, put } = entries[i]!;
    if (shape.length !== tensor.rank || shape.some((n, axis) => n !== tensor.shape[axis])) {
      throw new ModelError(where, `the optimizer's ${what} must have shape ${show(tensor.shape)}, got ${show(shape)}`);
    }
    const numbers = Array.from(data, Number);
    put(state, tf.keep(tf.tensor(tensor.dtype === 'int32' ? Int32Array.from(numbers) : Float32Array.from(numbers), [...tensor.shape], tensor.dtype)));
  });
  trainer.restore(state);
}
