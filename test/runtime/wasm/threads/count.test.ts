import os from 'node:os';
import { afterEach, expect, it, vi } from 'vitest';
import { wantedThreads } from '../../../../src/runtime/wasm/threads/count.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it('is what IBEX_THREADS says', () => {
  vi.stubEnv('IBEX_THREADS', '17');
  expect(wantedThreads()).toBe(17);
});

it.each([[1, 1], [3, 3], [16, 4]])('is otherwise the cores that there are, up to four: of %i, %i', (cores, threads) => {
  vi.stubEnv('IBEX_THREADS', '');
  vi.spyOn(os, 'availableParallelism').mockReturnValue(cores);
  expect(wantedThreads()).toBe(threads);
});

it.each(['0', '-1', '1.5', '100', 'two'])('refuses %s', (given) => {
  vi.stubEnv('IBEX_THREADS', given);
  expect(wantedThreads).toThrow(`IBEX_THREADS: must be a number of threads from 1 to 99, got "${given}"`);
});
