/** One epoch of training: batch by batch, or in stretches that the engine replays. */
import { ModelError } from '../core/errors.ts';
import { inTurns, nextStretch, type Breather } from './breather.ts';
import type { Callback, Logs, Training } from './callbacks/callback.ts';
import { disposeBatch } from './dataset.ts';
import { advanceOver, feed, firstRecorded } from './feed.ts';
import type { Source } from './source.ts';
import type { Run } from './run.ts';
import type { Trainer } from './trainer.ts';

/** What an epoch works with, and what it may change for the next. */
export interface Pace {
  readonly trainer: Trainer;
  readonly training: Training;
  readonly callbacks: readonly Callback[];
  readonly breathe: Breather;
  readonly stopped: () => boolean;
  /** Whether somebody may look at the weights between epochs. */
  readonly watched: boolean;
  run: Run | undefined;
  /** Steps that take about as long as the event loop may wait. */
  stretch: number;
}

/** Whether a callback wants to know of every batch. */
const wantEvery = (callbacks: readonly Callback[]): boolean => callbacks.some(({ onBatchBegin, onBatchEnd, sparse }) => onBatchBegin || (onBatchEnd && !sparse));

/** Tells callbacks that a batch is done, with logs whose numbers are fetched when one of them is looked at. */
async function tellBatchEnd({ training }: Pace, run: Run, watching: readonly Callback[], step: number): Promise<void> {
  if (watching.length === 0) return;
  let read: Logs | undefined;
  let over = false;
  const fetched = (): Logs => {
    // Later the tallies are those of another batch.
    if (over && !read) throw new ModelError('logs', `of batch ${step + 1} are gone: they are fetched when they are looked at; copy them in onBatchEnd, as in { ...logs }`);
    return (read ??= run.logs());
  };
  const logs = Object.defineProperties({}, Object.fromEntries(run.names.map((name) => [name, { enumerable: true, get: () => fetched()[name] }]))) as Logs;
  for (const callback of watching) await callback.onBatchEnd!(step, logs, training);
  over = true;
}

/** One step after the other, each on a batch that is made for it. */
export async function stepwise(pace: Pace, source: Source, epoch: number, from = 0): Promise<void> {
  const { trainer, training, callbacks } = pace;
  const watching = callbacks.filter((callback) => callback.onBatchEnd);
  const batches = source.batches(epoch, from);
  try {
    for (let step = from; !pace.stopped(); step++) {
      const next = await batches.next();
      if (next.done) return;
      const batch = next.value;
      try {
        pace.run ??= trainer.run('train', batch.y.map((target) => target?.shape), batch.size);
        for (const callback of callbacks) await callback.onBatchBegin?.(step, training);
        pace.run.advance(batch);
      } finally {
        disposeBatch(batch);
      }
      await tellBatchEnd(pace, pace.run, watching, step);
      await pace.breathe();
    }
  } finally {
    await batches.return?.();
  }
}

/**
 * One step after the other, each on the engine's record of batches of its shape.
 * @returns why the rest of training goes step by step, if it does: by then the epoch is done.
 */
export async function fed(pace: Pace, source: Source, epoch: number, from = 0): Promise<string | undefined> {
  const { trainer, training, callbacks } = pace;
  const watching = callbacks.filter((callback) => callback.onBatchEnd);
  const every = wantEvery(callbacks);
  const batches = source.fed!(epoch, from);
  let declined: string | undefined;
  try {
    for (let step = from; !pace.stopped(); step++) {
      const next = await batches.next();
      if (next.done) break;
      const batch = next.value;
      pace.run ??= trainer.run('train', batch.y.map((target) => target?.shape), batch.length);
      for (const callback of callbacks) await callback.onBatchBegin?.(step, training);
      if (!pace.run.replays) declined ??= pace.run.startFeeding(batch, firstRecorded(trainer));
      if (declined === undefined) declined = await inTurns(feed(pace.run, batch, trainer.ports), pace.breathe.now);
      else advanceOver(pace.run, batch, trainer.ports);
      if (every) pace.run.share();
      await tellBatchEnd(pace, pace.run, watching, step);
      await pace.breathe();
    }
  } finally {
    await batches.return?.();
  }
  if (pace.watched) pace.run?.share();
  return declined;
}

/**
 * Stretches of steps on the engine's record. Callbacks that want every batch get every batch.
 * @returns why the rest of training goes step by step, if it does: by then the epoch is done.
 */
export async function replayed(pace: Pace, source: Source, epoch: number, from = 0): Promise<string | undefined> {
  const { training, callbacks } = pace;
  const run = pace.run!;
  const { order: orderOf, batchSize } = source.whole!;
  const order = orderOf(epoch);
  const watching = callbacks.filter((callback) => callback.onBatchEnd);
  const every = wantEvery(callbacks);
  const steps = Math.ceil(order.length / batchSize);
  const full = Math.floor(order.length / batchSize);

  for (let step = from; step < steps && !pace.stopped();) {
    // The last, smaller batch is a stretch of its own.
    const count = step < full ? Math.min(every ? 1 : pace.stretch, full - step) : 1;
    const rows = order.subarray(step * batchSize, (step + count) * batchSize);
    for (const callback of callbacks) await callback.onBatchBegin?.(step, training);
    const begun = performance.now();
    const ended = await inTurns(run.replay(rows, step < full ? batchSize : rows.length), pace.breathe.now);
    if (ended) {
      await stepwise(pace, source, epoch, step + ended.done);
      return ended.declined;
    }
    step += count;
    // The first stretches hold the recording and the check: what they take says little.
    if (!every && step > 2) pace.stretch = nextStretch(count, performance.now() - begun);
    if (every) run.share();
    await tellBatchEnd(pace, run, watching, step - 1);
    await pace.breathe();
  }
  if (pace.watched) run.share();
  return undefined;
}
