/** Steps on batches that come by themselves, as `trainOnBatch` takes them: recorded once a shape has come often enough. */
import { ModelError } from '../core/errors.ts';
import { atOnce } from '../core/phases.ts';
import type { Dataset } from './dataset.ts';
import { advanceOver, feed, firstRecorded } from './feed.ts';
import { Recent } from './recent.ts';
import { keyOf } from './recordKey.ts';
import type { Run } from './run.ts';
import type { Logs } from './tallies.ts';
import type { Trainer } from './trainer.ts';

/** Shapes of batches that are remembered. */
const remembered = 4;

/** `declined`: why batches like these are not recorded. */
interface Known { calls: number; run: Run | undefined; declined: string | undefined }

export class BatchRuns {
  readonly #trainer: Trainer;
  readonly #known = new Recent<Known>(remembered, ({ run }) => run?.dispose());

  constructor(trainer: Trainer) {
    this.#trainer = trainer;
  }

  /** Batches that one record is for. */
  #find(kind: 'train' | 'test', batch: Dataset): Known {
    const key = keyOf(this.#trainer, kind, batch, batch.length);
    const found = this.#known.get(key);
    if (found) return found;
    const fresh: Known = { calls: 0, run: undefined, declined: undefined };
    this.#known.set(key, fresh);
    return fresh;
  }

  /** One step; its losses and metrics. If it throws, weights and state are as they were. */
  take(kind: 'train' | 'test', batch: Dataset): Logs {
    const { jit = 'auto' } = this.#trainer.compiled.options;
    const known = this.#find(kind, batch);
    known.calls++;
    const targets = batch.y.map((target) => target?.shape);
    if (!known.run && known.declined === undefined && jit !== false && known.calls >= firstRecorded(this.#trainer)) {
      const run = this.#trainer.run(kind, targets, batch.length);
      known.declined = run.startFeeding(batch, 1);
      if (known.declined === undefined) known.run = run;
      else run.dispose();
    }
    const logs = known.run && this.#replayed(known, known.run, batch);
    if (known.declined !== undefined && jit === true) {
      throw new ModelError(`${kind}OnBatch`, `the step cannot be compiled: ${known.declined}; compile with jit: 'auto' to have it run operation by operation`);
    }
    if (logs) return logs;
    const run = this.#trainer.run(kind, targets, batch.length);
    try {
      advanceOver(run, batch, this.#trainer.ports);
      return run.logs();
    } finally {
      run.dispose();
    }
  }

  #replayed(known: Known, run: Run, batch: Dataset): Logs {
    let over = true;
    try {
      run.reset();
      known.declined = atOnce(feed(run, batch, this.#trainer.ports));
      const logs = run.logs();
      if (known.declined === undefined) {
        run.hide();
        over = false;
      }
      return logs;
    } finally {
      if (over) {
        known.run = undefined;
        run.dispose();
      }
    }
  }

  /** Brings weights and optimizer up to date, and forgets all records. */
  clear(): void {
    this.#known.clear();
  }
}
