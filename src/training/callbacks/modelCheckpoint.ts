import { z } from 'zod';
import { didYouMean, ModelError, parseOptions } from '../../core/errors.ts';
import { remember, type Callback, type Logs, type Training } from './callback.ts';
import { checkMonitored, improvement, monitorOptions } from './monitor.ts';

const options = z.strictObject({
  /** Where to save; `{epoch}` and the names of logs in braces are filled in: `best-{epoch}-{val_loss}.keras`. */
  path: z.string().min(1),
  ...monitorOptions,
  /** Whether only a better model is saved; with `keep`, one that is among the best so many. */
  saveBestOnly: z.boolean().default(false),
  /** Every how many epochs. */
  every: z.int().positive().default(1),
  /** How many files to keep, the last ones or the best; default all. */
  keep: z.int().positive().optional(),
});

interface Saved { readonly file: string; readonly value: number }

/** Saves the model as training goes on, into a folder that is made if it is not there. Each file is written whole or not at all, and none is removed before there is another in its place. */
export function modelCheckpoint(given: z.input<typeof options>): Callback {
  const { path, saveBestOnly, every, keep = Infinity, ...watch } = parseOptions('modelCheckpoint', options, given);
  if (keep > 1 && keep < Infinity && !path.includes('{')) throw new ModelError('modelCheckpoint', `keeps ${keep} files, but its path names one; put {epoch} into it`);
  if (/\.(h5|hdf5)$/.test(path) && !path.endsWith('.weights.h5')) throw new ModelError('modelCheckpoint', `saves whole models in .keras and weights alone in .weights.h5, but its path is ${path}`);
  const { worst, better } = improvement(watch);
  /** Those that a new one is measured by, or takes the place of: the best first, or the last. */
  let saved: readonly Saved[] = [];
  const places = keep === Infinity ? 1 : keep;
  // Of equally good ones the earlier stays in front.
  const ranked = (list: readonly Saved[]) => [...list].sort((a, b) => (better(a.value, b.value) ? -1 : better(b.value, a.value) ? 1 : 0));

  const fileOf = (epoch: number, logs: Logs, training: Training) => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (name === 'epoch') return String(epoch + 1);
    const value = logs[name];
    if (value !== undefined) return value.toFixed(4);
    const remedy = training.names.includes(name) ? '; save in epochs with validation only: every' : didYouMean(name, ['epoch', ...training.names]);
    throw new ModelError('modelCheckpoint', `path names {${name}}, which the logs of epoch ${epoch + 1} do not have${remedy}`);
  });

  return {
    memory: remember('modelCheckpoint', () => ({ saved: saved.map((each) => ({ ...each })) }), (kept) => ({ saved } = kept)),
    async onTrainBegin(training) {
      saved = [];
      if (saveBestOnly) checkMonitored('modelCheckpoint', watch.monitor, training);
      const { makeFolderFor } = await import('../../formats/files.ts');
      // What can fail now is not to fail after an epoch that may have taken hours.
      await makeFolderFor(path.split('{', 1)[0]!, 'modelCheckpoint');
    },
    async onEpochEnd(epoch, logs, training) {
      if ((epoch + 1) % every !== 0) return;
      let value = worst;
      if (saveBestOnly) {
        const now = logs[watch.monitor];
        if (now === undefined || !better(now, saved[places - 1]?.value ?? worst)) return;
        value = now;
      }
      const file = fileOf(epoch, logs, training);
      const { makeFolderFor, removeFile } = await import('../../formats/files.ts');
      await makeFolderFor(file, 'modelCheckpoint');
      await training.model.save(file);
      const others = saved.filter((each) => each.file !== file);
      const all = saveBestOnly ? ranked([...others, { file, value }]) : [{ file, value }, ...others];
      saved = all.slice(0, places);
      if (keep === Infinity) return;
      for (const old of all.slice(keep)) await removeFile(old.file, 'modelCheckpoint');
    },
  };
}
