/** `evaluate`: losses and metrics over data, without learning. */
import { z } from 'zod';
import { inWords, ModelError, parseOptions } from '../core/errors.ts';
import { isStream, type BatchStream } from './batches.ts';
import { batchSizeOf, type Data } from './dataset.ts';
import { datasetSource, readDataset, streamSource, type Source } from './source.ts';
import type { Logs } from './tallies.ts';
import { disposeBatch, type Run, type Trainer } from './trainer.ts';
import { breather } from './breather.ts';

export type Validation = readonly [x: Data, y: Data] | readonly [x: Data, y: Data, sampleWeight: Data] | BatchStream;

export interface EvaluateOptions {
  /** Examples in a batch; default 32. It changes the speed and the memory, not the result. */
  readonly batchSize?: number | undefined;
  readonly sampleWeight?: Data | undefined;
  /** Batches to take of an iterable that does not end. */
  readonly steps?: number | undefined;
}

const options = z.strictObject({ batchSize: z.int().positive().optional(), sampleWeight: z.unknown().optional(), steps: z.int().positive().optional() });

/** Where validation's batches come from. */
export function evaluateSource(trainer: Trainer, where: string, data: Validation, batchSize: number | undefined, steps?: number): Source {
  const context = trainer.context(where);
  if (isStream(data)) return streamSource(context, data, { stepsPerEpoch: steps });
  if (!Array.isArray(data) || data.length < 2 || data.length > 3) throw new ModelError(where, `must be [x, y], [x, y, sampleWeight] or an iterable of batches, got ${inWords(data)}`);
  const [x, y, sampleWeight] = data as readonly [Data, Data, Data?];
  return datasetSource(context, readDataset(context, x, y, { sampleWeight }), { batchSize: batchSizeOf(where, batchSize, trainer.ports), stepsPerEpoch: steps });
}

/** Goes through a source once. */
export async function evaluateSourceOn(trainer: Trainer, source: Source): Promise<Logs> {
  const breathe = breather();
  const batches = source.batches(0);
  let run: Run | undefined;
  try {
    for (;;) {
      const next = await batches.next();
      if (next.done) break;
      try {
        run ??= trainer.run(next.value.y.map((target) => target?.shape), next.value.size);
        run.test(next.value);
      } finally {
        disposeBatch(next.value);
      }
      await breathe();
    }
    return run!.logs();
  } finally {
    await batches.return?.();
    await source.close?.();
    run?.dispose();
  }
}

export async function evaluate(trainer: Trainer, x: Data | BatchStream, y: Data | undefined, given: EvaluateOptions = {}): Promise<Logs> {
  const { batchSize, steps } = parseOptions('evaluate', options, given);
  trainer.needLoss('evaluate');
  if (isStream(x)) {
    if (y !== undefined) throw new ModelError('evaluate', 'an iterable yields its own targets; leave y out');
    if (given.sampleWeight !== undefined) throw new ModelError('evaluate', 'an iterable yields its own weights: [x, y, sampleWeight]');
    return evaluateSourceOn(trainer, evaluateSource(trainer, 'evaluate', x, batchSize, steps));
  }
  const context = trainer.context('evaluate');
  const data = readDataset(context, x, y, { sampleWeight: given.sampleWeight });
  return evaluateSourceOn(trainer, datasetSource(context, data, { batchSize: batchSizeOf('evaluate', batchSize, trainer.ports), stepsPerEpoch: steps }));
}
