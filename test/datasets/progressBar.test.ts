import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { progressBar } from '../../datasets/progressBar.ts';

const wasTerminal = process.stderr.isTTY;
let written = '';
beforeEach(() => {
  written = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.stderr.isTTY = wasTerminal;
});

const draw = (isTerminal: boolean, received: readonly number[], total?: number) => {
  process.stderr.isTTY = isTerminal;
  const { show, end } = progressBar();
  for (const each of received) show({ file: 'digits.gz', from: 'http://example.org/', received: each, total });
  end();
  return written;
};

test('draws over its line on a terminal, and only when the line changes', () => {
  expect(draw(true, [2_500_000, 2_500_001, 10_000_000], 10_000_000)).toBe(
    `\rdigits.gz [======                  ] 2.5 of 10.0 MB\rdigits.gz [${'='.repeat(24)}] 10.0 of 10.0 MB\n`,
  );
});

test('shows the bytes alone if the length is not known', () => {
  expect(draw(true, [2_500_000])).toBe('\rdigits.gz 2.5 MB\n');
});

test('is silent where stderr is not a terminal', () => {
  expect(draw(false, [5_000_000], 10_000_000)).toBe('');
});
