import { didYouMean, inWords, ModelError } from '../../core/errors.ts';
import type { Callback } from './callback.ts';

const hooks = ['onTrainBegin', 'onEpochBegin', 'onBatchBegin', 'onBatchEnd', 'onEpochEnd', 'onTrainEnd'] as const;

/** A callback of functions; a misspelt hook is an error, and not silence. */
export function lambdaCallback(given: Callback): Callback {
  for (const [name, value] of Object.entries(given)) {
    if (!(hooks as readonly string[]).includes(name)) throw new ModelError('lambdaCallback', `there is no hook "${name}"${didYouMean(name, hooks)}`);
    if (typeof value !== 'function') throw new ModelError('lambdaCallback', `${name} must be a function, got ${inWords(value)}`);
  }
  return { ...given };
}
