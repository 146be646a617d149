/** All that a training run has come to, as numbers: from there another process goes on, to the bit. */
import type { TypedArray } from '../core/array.ts';
import { ModelError } from '../core/errors.ts';
import { show } from '../core/shape.ts';
import { tf, type Tensor } from '../core/tensor.ts';
import type { Callback, Logs, Memory } from './callbacks/callback.ts';
import type { TargetShapes } from './trackers.ts';
import type { Source } from './source.ts';
import type { Run } from './run.ts';
import type { Trainer } from './trainer.ts';
import { listTree, mapTree } from './tree.ts';

type Numbers = { readonly data: TypedArray; readonly shape: readonly number[]; readonly dtype: 'float32' | 'int32' | 'bool' };

export type Snapshot = {
  /** What it is a snapshot of: said in words where it differs. */
  readonly of: { readonly [key: string]: string };
  /** The batch that comes next. */
  readonly next: { readonly epoch: number; readonly batch: number };
  /** Logs of the last epoch. */
  readonly logs: Logs;
  /** Of the callbacks that have one, in order. */
  readonly memories: readonly Memory[];
  readonly variables: readonly Numbers[];
  readonly optimizer: readonly Numbers[];
  readonly averaged: boolean;
  /** Of an epoch that has begun: what is added up in it. */
  readonly running: { readonly targets: readonly (readonly number[] | null)[]; readonly batchSize: number; readonly tallies: readonly Numbers[] } | null;
};

/** What a fit is made of, as far as a snapshot has to know. */
export interface Fitting { readonly trainer: Trainer; readonly callbacks: readonly Callback[]; readonly of: Snapshot['of'] }

const numbersOf = (tensor: Tensor): Numbers => ({ data: (tensor.dataSync() as TypedArray).slice(), shape: tensor.shape, dtype: tensor.dtype as Numbers['dtype'] });
const tensorOf = ({ data, shape, dtype }: Numbers): Tensor => tf.tensor(data as Float32Array, [...shape], dtype);

const memoriesOf = ({ callbacks }: Pick<Fitting, 'callbacks'>) => callbacks.flatMap(({ memory }) => memory ?? []);

/** What a fit is before its first batch. */
export const fittingOf = (trainer: Trainer, source: Source, callbacks: readonly Callback[]): Fitting => ({ trainer, callbacks, of: {
  weights: trainer.network.variables.map(({ path, spec }) => `${path} ${show(spec.shape)}`).join(', '),
  seed: String(trainer.seed),
  'batches before its start': String(trainer.optimizerState.iteration.dataSync()[0]),
  optimizer: trainer.compiled.optimizer.kind,
  metrics: trainer.names.join(', '),
  'examples and batch size': source.whole ? `${source.whole.dataset.length} and ${source.whole.batchSize}` : 'those of an iterable',
  'callbacks with a memory': memoriesOf({ callbacks }).map(({ kind }) => kind).join(', '),
} });

/** @param run - that of the epoch that has begun, if the next batch is in its midst */
export function takeSnapshot(fitting: Fitting, next: Snapshot['next'], logs: Logs, run: Run | undefined): Snapshot {
  const { trainer } = fitting;
  run?.share();
  return {
    of: fitting.of, next, logs: { ...logs },
    memories: memoriesOf(fitting).map((memory) => memory.save()),
    variables: trainer.network.variables.map(({ tensor }) => numbersOf(tensor)),
    optimizer: listTree(trainer.optimizerState).map(numbersOf),
    averaged: trainer.averaged,
    running: run && next.batch > 0 ? { targets: run.targets.map((shape) => (shape ? [...shape] : null)), batchSize: run.batchSize, tallies: listTree(run.tallies).map(numbersOf) } : null,
  };
}

/** @throws ModelError for a snapshot of another model, or of another way to train it. */
export function checkSnapshot(fitting: Fitting, { of }: Snapshot): void {
  for (const [what, mine] of Object.entries(fitting.of)) {
    if (of[what] === mine) continue;
    throw new ModelError('fit', `the snapshot is of another training: its ${what} were ${of[what] || 'none'}, here they are ${mine || 'none'}; go on as it was begun, with a folder for each fit, or remove the snapshot to begin anew`);
  }
}

/** Gives a tree the numbers of another of its form. */
function withNumbers<T>(tree: T, numbers: readonly Numbers[]): T {
  let at = 0;
  return mapTree(tree, () => tensorOf(numbers[at++]!));
}

/** Sets weights, optimizer and callbacks to what they were. */
export function restoreSnapshot(fitting: Fitting, { variables, optimizer, averaged, memories }: Snapshot): void {
  const { trainer } = fitting;
  trainer.network.variables.forEach((variable, i) => variable.replace(tensorOf(variables[i]!)));
  trainer.restore(withNumbers(trainer.optimizerState, optimizer), averaged);
  memoriesOf(fitting).forEach((memory, i) => memory.restore(memories[i]!));
}

/** Takes the running epoch up again. */
export function resumeRun(trainer: Trainer, { targets, batchSize, tallies }: NonNullable<Snapshot['running']>): Run {
  const run = trainer.run('train', targets.map((shape) => shape ?? undefined) as TargetShapes, batchSize);
  run.take(withNumbers(run.tallies, tallies));
  return run;
}
