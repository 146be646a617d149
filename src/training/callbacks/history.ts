import { remember, type Callback, type Logs } from './callback.ts';

/** What `fit` gives back: numbers of each epoch, by name. */
export interface History {
  /** `history.loss[0]` is the loss of the first epoch; validation's names begin with `val_`. */
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** Numbers of the epochs, from 0 (from `initialEpoch`). */
  readonly epoch: readonly number[];
}

/** Keeps the logs of every epoch. `fit` does so by itself and gives the result back. */
export function history(): Callback & History {
  const kept: Record<string, number[]> = {};
  const epochs: number[] = [];
  const clear = () => {
    for (const key of Object.keys(kept)) delete kept[key];
    epochs.length = 0;
  };
  return {
    history: kept,
    epoch: epochs,
    memory: remember('history', () => ({ history: kept, epochs }), (before) => {
      clear();
      for (const [name, values] of Object.entries(before.history)) kept[name] = [...values];
      epochs.push(...before.epochs);
    }),
    onTrainBegin: clear,
    onEpochEnd(epoch: number, logs: Logs) {
      epochs.push(epoch);
      for (const [name, value] of Object.entries(logs)) (kept[name] ??= []).push(value);
    },
  };
}
