/** Watching one number of the logs: shared by callbacks that wait for it to improve. */
import { z } from 'zod';
import { didYouMean, ModelError } from '../../core/errors.ts';
import type { Training } from './callback.ts';

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

/** For `onTrainBegin`, since an epoch may take hours. @throws ModelError if no logs are going to have such a name. */
export function checkMonitored(where: string, monitor: string, { names }: Pick<Training, 'names'>): void {
  if (names.includes(monitor)) return;
  const remedy = monitor.startsWith('val_') && !names.some((key) => key.startsWith('val_')) ? '; give fit validationData or validationSplit' : didYouMean(monitor, names);
  throw new ModelError(where, `monitors "${monitor}", which the logs do not have${remedy}`);
}
