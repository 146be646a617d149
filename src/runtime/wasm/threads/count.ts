import { ModelError } from '../../../core/errors.ts';

/**
 * How many threads compute: IBEX_THREADS, else one. More gain only where products are large and cores are free, which a program cannot know
 * of the machine that it shares; what they cost is in docs/benchmarks.md.
 * @throws ModelError if IBEX_THREADS is no whole number of at least 1
 */
export function wantedThreads(): number {
  const given = process.env['IBEX_THREADS'] || '1';
  if (!/^[1-9]\d?$/.test(given)) throw new ModelError('IBEX_THREADS', `must be a number of threads from 1 to 99, got "${given}"`);
  return Number(given);
}
