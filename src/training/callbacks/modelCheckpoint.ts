import { z } from 'zod';
import { parseOptions } from '../../core/errors.ts';
import type { Callback } from './callback.ts';
import { improvement, monitored, monitorOptions } from './monitor.ts';

const options = z.strictObject({
  /** Where to save; `{epoch}` and the names of logs in braces are filled in: `best-{epoch}-{val_loss}.keras`. */
  path: z.string().min(1),
  ...monitorOptions,
  /** Whether only a better model is saved. */
  saveBestOnly: z.boolean().default(false),
  /** Every how many epochs. */
  every: z.int().positive().default(1),
});

/** Saves the model as training goes on; each file is written whole or not at all. */
export function modelCheckpoint(given: z.input<typeof options>): Callback {
  const { path, saveBestOnly, every, ...watch } = parseOptions('modelCheckpoint', options, given);
  const { worst, better } = improvement(watch);
  let best = worst;
  return {
    onTrainBegin() {
      best = worst;
    },
    async onEpochEnd(epoch, logs, { model }) {
      if ((epoch + 1) % every !== 0) return;
      if (saveBestOnly) {
        const now = monitored('modelCheckpoint', watch.monitor, logs);
        if (!better(now, best)) return;
        best = now;
      }
      await model.save(path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (name === 'epoch' ? String(epoch + 1) : (logs[name]?.toFixed(4) ?? whole))));
    },
  };
}
