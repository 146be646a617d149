/** What a callback sees of training, and what it may do. */
import type { NdArray, TypedArray } from '../../core/array.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Logs } from '../tallies.ts';

export type { Logs };

/** What can be kept over the end of a process: it comes back to the bit. */
export type Memory = null | boolean | number | string | TypedArray | readonly Memory[] | { readonly [key: string]: Memory | undefined };

/** The part of a model that callbacks work with. */
export interface TrainedModel {
  readonly name: string;
  /** All weights, copied to the host: what a callback remembers takes no memory of the engine. */
  readWeights(): readonly NdArray[];
  /** What these weights are called, in the same order: `dense/kernel`. */
  readonly weightNames: readonly string[];
  setWeights(weights: readonly NdArray[]): void;
  save(path: string): Promise<void>;
}

/** A run of `fit`, as its callbacks see it. */
export interface Training {
  readonly model: TrainedModel;
  /** Epochs that were asked for, and the first one. */
  readonly epochs: number;
  readonly initialEpoch: number;
  /** Batches in an epoch; `undefined` until a stream of unknown length has ended once. */
  readonly steps: number | undefined;
  readonly verbose: boolean;
  /** Learning rate of the next update. @throws ModelError when set while a schedule drives it. */
  learningRate: number;
  /** Names of losses and metrics, in the order in which logs have them; validation's are in the logs of the epochs that have one. */
  readonly names: readonly string[];
  /** Ends training after this batch, or at the end of the epoch when called from there. */
  stop(): void;
  /** Whether training has been stopped: no further batch is going to be trained on. */
  readonly stopped: boolean;
  /** Whether moving averages of the weights are in their place. Setting it lets them change places. @throws ModelError without `useEma`. */
  averaged: boolean;
  /** All that training has come to, with the batch that comes next: an epoch's first after its last. For callbacks whose `last` is true. */
  snapshot(next: { readonly epoch: number; readonly batch: number }): Snapshot;
  /** Goes on from a snapshot; for `onTrainBegin`. @throws ModelError if it is of another model or another training. */
  resume(from: Snapshot): void;
}

/** Every hook may be left out; `fit` awaits each, in the order of the list. Epochs and batches count from 0. */
export interface Callback {
  onTrainBegin?(training: Training): void | Promise<void>;
  onEpochBegin?(epoch: number, training: Training): void | Promise<void>;
  /** Whether `onBatchEnd` may pass over batches, so that training can run many in one stretch: at least every 50 ms it is called. */
  readonly sparse?: boolean;
  onBatchBegin?(batch: number, training: Training): void | Promise<void>;
  /** `logs` are the means since the epoch began; each read of them fetches numbers from the engine. */
  onBatchEnd?(batch: number, logs: Logs, training: Training): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs, training: Training): void | Promise<void>;
  /** Around the validation of an epoch. */
  onTestBegin?(training: Training): void | Promise<void>;
  onTestEnd?(training: Training): void | Promise<void>;
  onTrainEnd?(logs: Logs, training: Training): void | Promise<void>;
  /** Training is over, be it by an error: lets go of what is held. */
  onTrainClose?(training: Training): void | Promise<void>;
  /** Whether its hooks are called after those of all others, so that it sees what they have done. */
  readonly last?: boolean;
  /** What it has to know again when training goes on in another process: `restore` is called after `onTrainBegin`. */
  readonly memory?: { readonly kind: string; save(): Memory; restore(memory: Memory): void };
}

/** The memory of a callback whose form is known. */
export const remember = <T extends Memory>(kind: string, save: () => T, restore: (kept: T) => void): NonNullable<Callback['memory']> => ({ kind, save, restore: (kept) => restore(kept as T) });

