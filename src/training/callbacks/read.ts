/** What `fit` was given for callbacks, checked: a misspelt hook is an error, and not silence. */
import { didYouMean, inWords, ModelError } from '../../core/errors.ts';
import type { Callback } from './callback.ts';

export const hooks = ['onTrainBegin', 'onEpochBegin', 'onBatchBegin', 'onBatchEnd', 'onTestBegin', 'onTestEnd', 'onEpochEnd', 'onTrainEnd', 'onTrainClose'] as const satisfies readonly (keyof Callback)[];

/** @throws ModelError for names like a hook's that there is not, and for hooks that are not functions. */
export function checkHooks(where: string, callback: Callback): void {
  // With those that are inherited: a callback may be an object of a class.
  for (const name in callback) {
    if (!/^on[A-Z]/.test(name)) continue;
    if (!(hooks as readonly string[]).includes(name)) throw new ModelError(where, `there is no hook "${name}"${didYouMean(name, hooks)}`);
    const value: unknown = callback[name as keyof Callback];
    if (typeof value !== 'function' && value !== undefined) throw new ModelError(where, `${name} must be a function, got ${inWords(value)}`);
  }
}

export function readCallbacks(given: Callback | readonly Callback[] | null | undefined): readonly Callback[] {
  const list: readonly unknown[] = given === undefined || given === null ? [] : Array.isArray(given) ? given : [given];
  list.forEach((callback, i) => {
    const where = list.length > 1 ? `fit: callback ${i + 1}` : 'fit: callbacks';
    if (typeof callback === 'function') throw new ModelError(where, `must be a callback, got ${inWords(callback)}; if it makes one, call it`);
    if (typeof callback !== 'object' || callback === null) throw new ModelError(where, `must be a callback, an object of hooks such as { onEpochEnd(epoch, logs) { … } }, got ${inWords(callback)}`);
    checkHooks(where, callback);
  });
  const callbacks = list as readonly Callback[];
  return [...callbacks.filter(({ last }) => !last), ...callbacks.filter(({ last }) => last)];
}
