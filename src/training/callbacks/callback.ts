/** What a callback sees of training, and what it may do. */
import type { NdArray } from '../../core/array.ts';
import type { Logs } from '../tallies.ts';

export type { Logs };

/** The part of a model that callbacks work with. */
export interface TrainedModel {
  readonly name: string;
  /** All weights, copied to the host: what a callback remembers takes no memory of the engine. */
  readWeights(): readonly NdArray[];
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
  onTrainEnd?(logs: Logs, training: Training): void | Promise<void>;
}
