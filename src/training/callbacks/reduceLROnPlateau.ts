import { z } from 'zod';
import { parseOptions } from '../../core/errors.ts';
import { remember, type Callback } from './callback.ts';
import { checkMonitored, improvement, monitorOptions } from './monitor.ts';

const options = z.strictObject({
  ...monitorOptions,
  /** What the rate is multiplied by. */
  factor: z.number().positive().lt(1).default(0.1),
  /** Epochs without improvement before that. */
  patience: z.int().nonnegative().default(10),
  /** Smallest change that counts as better. */
  minDelta: z.number().nonnegative().default(1e-4),
  /** Epochs to pass over after a reduction. */
  cooldown: z.int().nonnegative().default(0),
  /** The rate goes no lower. */
  minLearningRate: z.number().nonnegative().default(0),
});

/** Lowers the learning rate once a number has not improved for `patience` epochs. */
export function reduceLROnPlateau(given: z.input<typeof options> = {}): Callback {
  const { factor, patience, minDelta, cooldown, minLearningRate, ...watch } = parseOptions('reduceLROnPlateau', options, given);
  const { worst, better } = improvement(watch, minDelta);
  let best = worst;
  let waited = 0;
  let cooling = 0;
  return {
    memory: remember('reduceLROnPlateau', () => ({ best, waited, cooling }), (kept) => ({ best, waited, cooling } = kept)),
    onTrainBegin(training) {
      checkMonitored('reduceLROnPlateau', watch.monitor, training);
      best = worst;
      waited = 0;
      cooling = 0;
    },
    onEpochEnd(_, logs, training) {
      const now = logs[watch.monitor];
      // An epoch without validation says nothing.
      if (now === undefined) return;
      if (cooling > 0) {
        cooling--;
        waited = 0;
      }
      if (better(now, best)) {
        best = now;
        waited = 0;
        return;
      }
      if (cooling > 0 || ++waited < patience) return;
      const rate = training.learningRate;
      // The optimizer's rate is a float32.
      if (rate <= Math.fround(minLearningRate)) return;
      training.learningRate = Math.max(rate * factor, minLearningRate);
      cooling = cooldown;
      waited = 0;
    },
  };
}
