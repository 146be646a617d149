/** Watching one number of the logs: shared by callbacks that wait for it to improve. */
import { z } from 'zod';
import { didYouMean, ModelError } from '../../core/errors.ts';
import type { Logs } from './callback.ts';

export const monitorOptions = {
  /** Name in the logs: `val_loss`, `accuracy` … */
  monitor: z.string().default('val_loss'),
  /** Whether less or more is better; `auto` reads it from the name: accuracies, AUC and the like grow. */
  mode: z.enum(['auto', 'min', 'max']).default('auto'),
};

const grows = /accuracy|auc|precision|recall|f1|fbeta|iou|r2|pearson|concordance|cosine|sensitivity|specificity|truepositives|truenegatives/i;

/** Whether `now` is better than `best` by more than `minDelta`. */
export const improvement = ({ monitor, mode }: { monitor: string; mode: 'auto' | 'min' | 'max' }, minDelta = 0) => {
  const up = mode === 'max' || (mode === 'auto' && grows.test(monitor.replace(/_loss$/, '')) && !monitor.endsWith('loss'));
  return { worst: up ? -Infinity : Infinity, better: (now: number, best: number) => (up ? now - minDelta > best : now + minDelta < best) };
};

/** The monitored number. @throws ModelError if the logs have no such name. */
export function monitored(where: string, monitor: string, logs: Logs): number {
  const value = logs[monitor];
  if (value !== undefined) return value;
  const remedy = monitor.startsWith('val_') && !Object.keys(logs).some((key) => key.startsWith('val_')) ? '; give fit validationData or validationSplit' : didYouMean(monitor, Object.keys(logs));
  throw new ModelError(where, `monitors "${monitor}", which the logs do not have${remedy}`);
}
