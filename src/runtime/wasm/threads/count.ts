import { ModelError } from '../../../core/errors.ts';

/** More threads than this gain little: what they do not share takes the most time then. */
const mostByDefault = 4;

/**
 * How many threads compute: IBEX_THREADS, else as many as there are cores for this process, up to four. Those beside the first begin when there
 * is work for them, and only help while that is faster (pace.ts).
 * @throws ModelError if IBEX_THREADS is no whole number from 1 to 99
 */
export function wantedThreads(): number {
  const given = process.env['IBEX_THREADS'] || String(Math.min(mostByDefault, process.getBuiltinModule('node:os').availableParallelism()));
  if (!/^[1-9]\d?$/.test(given)) throw new ModelError('IBEX_THREADS', `must be a number of threads from 1 to 99, got "${given}"`);
  return Number(given);
}
