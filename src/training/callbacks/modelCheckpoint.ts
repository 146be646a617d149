import { z } from 'zod';
import { didYouMean, ModelError, parseOptions } from '../../core/errors.ts';
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
    async onEpochEnd(epoch, logs, training) {
      if ((epoch + 1) % every !== 0) return;
      if (saveBestOnly) {
        const now = monitored('modelCheckpoint', watch.monitor, logs, training);
        if (now === undefined || !better(now, best)) return;
        best = now;
      }
      await training.model.save(path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
        if (name === 'epoch') return String(epoch + 1);
        const value = logs[name];
        if (value !== undefined) return value.toFixed(4);
        const remedy = training.names.includes(name) ? '; save in epochs with validation only: every' : didYouMean(name, ['epoch', ...training.names]);
        throw new ModelError('modelCheckpoint', `path names {${name}}, which the logs of epoch ${epoch + 1} do not have${remedy}`);
      }));
    },
  };
}
