import { afterEach, expect, it, vi } from 'vitest';
import { wantedThreads } from '../../../../src/runtime/wasm/threads/count.ts';

afterEach(() => vi.unstubAllEnvs());

it('is what IBEX_THREADS says, else one', () => {
  vi.stubEnv('IBEX_THREADS', '17');
  expect(wantedThreads()).toBe(17);
  vi.stubEnv('IBEX_THREADS', '');
  expect(wantedThreads()).toBe(1);
});

it.each(['0', '-1', '1.5', '100', 'two'])('refuses %s', (given) => {
  vi.stubEnv('IBEX_THREADS', given);
  expect(wantedThreads).toThrow(`IBEX_THREADS: must be a number of threads from 1 to 99, got "${given}"`);
});
