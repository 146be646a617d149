import { didYouMean, inWords, ModelError } from '../../core/errors.ts';
import type { Callback } from './callback.ts';
import { checkHooks, hooks } from './read.ts';

/** A callback of functions; a misspelt hook is an error, and not silence. */
export function lambdaCallback(given: Callback): Callback {
  if (typeof given !== 'object' || given === null) throw new ModelError('lambdaCallback', `takes an object of hooks such as { onEpochEnd(epoch, logs) { … } }, got ${inWords(given)}`);
  const unknown = Object.keys(given).find((name) => !['sparse', 'last', 'memory'].includes(name) && !(hooks as readonly string[]).includes(name));
  if (unknown !== undefined) throw new ModelError('lambdaCallback', `there is no hook "${unknown}"${didYouMean(unknown, hooks)}`);
  checkHooks('lambdaCallback', given);
  return { ...given };
}
