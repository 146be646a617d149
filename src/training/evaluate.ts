/** `evaluate`: losses and metrics over data, without learning. */
import { z } from 'zod';
import { ModelError, parseOptions } from '../core/errors.ts';
import { isStream, type BatchStream } from './batches.ts';
import type { Data } from './dataset.ts';
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

const options = z.strictObject({ batchSize: z.int().positive().default(32), sampleWeight: z.unknown().optional(), steps: z.int().positive().optional() });

/** Where validation's batches come from. */
export function evaluateSource(trainer: Trainer, where: string, data: Validation, batchSize: number, steps?: number): Source {
  const context = { where, network: trainer.network, compiled: trainer.compiled, ports: trainer.ports };
  if (isStream(data)) return streamSource(context, data, { stepsPerEpoch: steps });
  if (!Array.isArray(data) || data.length < 2 || data.length > 3) throw new ModelError(where, 'must be [x, y], [x, y, sampleWeight] or an iterable of batches');
  const [x, y, sampleWeight] = data as readonly [Data, Data, Data?];
  return datasetSource(readDataset(context, x, y, { sampleWeight }), trainer.ports, { batchSize, stepsPerEpoch: steps });
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
        run ??= trainer.run(next.value.y.map(({ shape }) => shape), next.value.size);
        run.test(next.value);
      } finally {
        disposeBatch(next.value);
      }
      await breathe();
    }
    return run!.logs();
  } finally {
    await batches.return?.();
    run?.dispose();
  }
}

export async function evaluate(trainer: Trainer, x: Data | BatchStream, y: Data | undefined, given: EvaluateOptions = {}): Promise<Logs> {
  const { batchSize, steps } = parseOptions('evaluate', options, given);
  if (isStream(x)) return evaluateSourceOn(trainer, evaluateSource(trainer, 'evaluate', x, batchSize, steps));
  if (y === undefined) throw new ModelError('evaluate: y', 'is missing: give the targets to compare with');
  const data = given.sampleWeight === undefined ? ([x, y] as const) : ([x, y, given.sampleWeight] as const);
  return evaluateSourceOn(trainer, evaluateSource(trainer, 'evaluate', data, batchSize, steps));
}
