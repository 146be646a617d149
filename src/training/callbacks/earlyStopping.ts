import { z } from 'zod';
import { parseOptions } from '../../core/errors.ts';
import type { NdArray } from '../../core/array.ts';
import { remember, type Callback } from './callback.ts';
import { checkMonitored, improvement, monitorOptions } from './monitor.ts';

const options = z.strictObject({
  ...monitorOptions,
  /** Smallest change that counts as better. */
  minDelta: z.number().nonnegative().default(0),
  /** Epochs without improvement before training stops. */
  patience: z.int().nonnegative().default(0),
  /** A value to do better than from the start. */
  baseline: z.number().optional(),
  /** Whether the model ends with the weights of its best epoch. */
  restoreBestWeights: z.boolean().default(false),
  /** Epochs before watching begins. */
  startFromEpoch: z.int().nonnegative().default(0),
});

/** Ends training once a number has not improved for `patience` epochs. */
export function earlyStopping(given: z.input<typeof options> = {}): Callback {
  const { patience, baseline, restoreBestWeights, startFromEpoch, minDelta, ...watch } = parseOptions('earlyStopping', options, given);
  const { worst, better } = improvement(watch, minDelta);
  let best = worst;
  let waited = 0;
  let weights: readonly NdArray[] | undefined;
  return {
    memory: remember('earlyStopping', () => ({ best, waited, weights: weights?.map(({ data, shape }) => ({ data, shape })) }), (kept) => ({ best, waited, weights } = kept)),
    onTrainBegin(training) {
      checkMonitored('earlyStopping', watch.monitor, training);
      best = worst;
      waited = 0;
      weights = undefined;
    },
    onEpochEnd(epoch, logs, training) {
      const now = logs[watch.monitor];
      // An epoch without validation says nothing.
      if (now === undefined || epoch < startFromEpoch) return;
      const improved = better(now, best);
      // The first weights seen are those to fall back to if nothing is ever better (than a NaN, say).
      if (restoreBestWeights && (improved || !weights)) weights = training.model.readWeights();
      waited++;
      if (improved) {
        best = now;
        if (baseline === undefined || better(now, baseline)) waited = 0;
      } else if (waited >= patience && epoch > 0) training.stop();
    },
    onTrainEnd(_, training) {
      if (weights) training.model.setWeights(weights);
      weights = undefined;
    },
  };
}
