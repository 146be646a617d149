/** `evaluate`: losses and metrics over data, without learning. */
import { z } from 'zod';
import { inWords, ModelError, parseOptions } from '../core/errors.ts';
import { isStream, type BatchStream } from './batches.ts';
import { batchSizeOf, disposeBatch, type Data } from './dataset.ts';
import { datasetSource, readDataset, streamSource, type Source } from './source.ts';
import type { Logs } from './tallies.ts';
import type { Run } from './run.ts';
import type { Trainer } from './trainer.ts';
import { advanceOver, feed, firstRecorded } from './feed.ts';
import { recorderOf } from '../core/recorder.ts';
import { tf } from '../core/tensor.ts';
import { breather, inTurns, nextStretch } from './breather.ts';

export type Validation = readonly [x: Data, y: Data] | readonly [x: Data, y: Data, sampleWeight: Data] | BatchStream;

export interface EvaluateOptions {
  /** Examples in a batch; default 32. It changes the speed and the memory, not the result. */
  readonly batchSize?: number | undefined;
  readonly sampleWeight?: Data | undefined;
  /** Batches to take of an iterable that does not end. */
  readonly steps?: number | undefined;
}

const options = z.strictObject({ batchSize: z.int().positive().optional(), sampleWeight: z.unknown().optional(), steps: z.int().positive().optional() });

interface Batching { readonly batchSize: number | undefined; readonly steps: number | undefined; /** What errors call it. */ readonly stepsOption: string }

/** Where validation's batches come from. */
export function evaluateSource(trainer: Trainer, where: string, data: Validation, { batchSize, steps, stepsOption }: Batching): Source {
  const context = trainer.context(where);
  if (isStream(data)) return streamSource(context, data, { stepsPerEpoch: steps, stepsOption });
  if (!Array.isArray(data) || data.length < 2 || data.length > 3) throw new ModelError(where, `must be [x, y], [x, y, sampleWeight] or an iterable of batches, got ${inWords(data)}`);
  const [x, y, sampleWeight] = data as readonly [Data, Data, Data?];
  return datasetSource(context, readDataset(context, x, y, { sampleWeight }), { batchSize: batchSizeOf(where, batchSize, trainer.ports), stepsPerEpoch: steps });
}

/** Goes through a source, once or after each epoch; batches are replayed where the engine can and there are enough of them. */
export class Evaluation {
  readonly #trainer: Trainer;
  readonly #source: Source;
  readonly #breathe = breather();
  readonly #times: number;
  #replays: boolean;
  /** Steps that take about as long as the event loop may wait. */
  #stretch = 1;
  #run: Run | undefined;
  /** Why batches that come one by one are not recorded. */
  #declined: string | undefined;

  /** @param times - how often it is going to be asked. */
  constructor(trainer: Trainer, source: Source, times: number) {
    this.#trainer = trainer;
    this.#source = source;
    this.#times = times;
    const { jit = 'auto' } = trainer.compiled.options;
    this.#replays = jit !== false && source.whole !== undefined && trainer.paysToRecord('test', source.whole, times * source.steps!);
  }

  async logs(): Promise<Logs> {
    this.#run?.reset();
    if (this.#replays && !this.#run) {
      const { dataset, batchSize } = this.#source.whole!;
      this.#run = this.#trainer.run('test', dataset.y.map((target) => target?.shape), Math.min(batchSize, dataset.length));
      if (this.#run.startReplay(dataset, this.#times) !== undefined) this.#replays = false;
    }
    if (this.#replays) await this.#replayed();
    else if (this.#feeds) await this.#fed();
    else await this.#stepwise(0);
    return this.#run!.logs();
  }

  async #replayed(): Promise<void> {
    const { order: orderOf, batchSize } = this.#source.whole!;
    const order = orderOf(0);
    for (let at = 0; at < order.length;) {
      const left = order.length - at;
      const size = Math.min(left, batchSize);
      const count = Math.min(this.#stretch, Math.floor(left / size));
      const rows = order.subarray(at, at + size * count);
      const begun = performance.now();
      const ended = await inTurns(this.#run!.replay(rows, size), this.#breathe.now);
      if (ended) {
        this.#replays = false;
        return this.#stepwise(at / batchSize + ended.done);
      }
      at += rows.length;
      this.#stretch = nextStretch(count, performance.now() - begun);
      await this.#breathe();
    }
    this.#run!.share();
  }

  /** Whether batches come one by one and can be recorded. */
  get #feeds(): boolean {
    return this.#source.fed !== undefined && this.#trainer.compiled.options.jit !== false && recorderOf(tf.getBackend()) !== undefined;
  }

  async #fed(): Promise<void> {
    const { ports } = this.#trainer;
    const batches = this.#source.fed!(0);
    try {
      for (let next = await batches.next(); !next.done; next = await batches.next()) {
        const batch = next.value;
        this.#run ??= this.#trainer.run('test', batch.y.map((target) => target?.shape), batch.length);
        if (!this.#run.replays) this.#declined ??= this.#run.startFeeding(batch, firstRecorded(this.#trainer));
        if (this.#declined === undefined) this.#declined = await inTurns(feed(this.#run, batch, ports), this.#breathe.now);
        else advanceOver(this.#run, batch, ports);
        await this.#breathe();
      }
    } finally {
      await batches.return?.();
    }
    this.#run?.share();
  }

  async #stepwise(from: number): Promise<void> {
    const batches = this.#source.batches(0, from);
    try {
      for (;;) {
        const next = await batches.next();
        if (next.done) return;
        try {
          this.#run ??= this.#trainer.run('test', next.value.y.map((target) => target?.shape), next.value.size);
          this.#run.advance(next.value);
        } finally {
          disposeBatch(next.value);
        }
        await this.#breathe();
      }
    } finally {
      await batches.return?.();
    }
  }

  async close(): Promise<void> {
    this.#run?.dispose();
    await this.#source.close?.();
  }
}

async function once(trainer: Trainer, source: Source): Promise<Logs> {
  const evaluation = new Evaluation(trainer, source, 1);
  try {
    return await evaluation.logs();
  } finally {
    await evaluation.close();
  }
}

export async function evaluate(trainer: Trainer, x: Data | BatchStream, y: Data | undefined, given: EvaluateOptions = {}): Promise<Logs> {
  const { batchSize, steps } = parseOptions('evaluate', options, given);
  trainer.needLoss('evaluate');
  if (isStream(x)) {
    if (y !== undefined) throw new ModelError('evaluate', 'an iterable yields its own targets; leave y out, and options third: evaluate(batches, undefined, { … })');
    if (given.sampleWeight !== undefined) throw new ModelError('evaluate', 'an iterable yields its own weights: [x, y, sampleWeight]');
    return once(trainer, evaluateSource(trainer, 'evaluate', x, { batchSize, steps, stepsOption: 'steps' }));
  }
  const context = trainer.context('evaluate');
  const data = readDataset(context, x, y, { sampleWeight: given.sampleWeight });
  return once(trainer, datasetSource(context, data, { batchSize: batchSizeOf('evaluate', batchSize, trainer.ports), stepsPerEpoch: steps }));
}
