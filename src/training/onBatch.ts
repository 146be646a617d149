/** `trainOnBatch` and `testOnBatch`: one step on data that makes one batch. */
import { z } from 'zod';
import { parseOptions } from '../core/errors.ts';
import { checkSize, type Data } from './dataset.ts';
import type { ClassWeight } from './sampleWeights.ts';
import { readDataset } from './source.ts';
import type { Logs } from './tallies.ts';
import type { Trainer } from './trainer.ts';

export interface BatchOptions {
  /** Weights of the examples in the loss: one each, or one for each of their steps. */
  readonly sampleWeight?: Data | undefined;
  /** Weights of the classes' examples in the loss: `{ 0: 1, 1: 5 }`. */
  readonly classWeight?: ClassWeight | undefined;
}

const testOptions = z.strictObject({ sampleWeight: z.unknown().optional() });
const trainOptions = testOptions.extend({ classWeight: z.unknown().optional() });

export function onBatch(where: 'trainOnBatch' | 'testOnBatch', trainer: Trainer, x: Data, y: Data, given: BatchOptions): Logs {
  const trains = where === 'trainOnBatch';
  parseOptions(where, trains ? trainOptions : testOptions, given);
  trainer.needLoss(where);
  trainer.refresh();
  const data = readDataset(trainer.context(where), x, y, given);
  checkSize(where, data.length, trainer.ports);
  return trainer.batches.take(trains ? 'train' : 'test', data);
}
