/** docs/coverage.md says what the code has. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { callbacks, layers, losses, metrics, optimizers, schedules } from 'ibexjs';

test('the page on coverage is what `npm run coverage` would write', async () => {
  const { coverage } = (await import('../scripts/coverage.mjs' as string)) as { coverage(exported: object): string };
  expect(readFileSync(new URL('../docs/coverage.md', import.meta.url), 'utf8')).toBe(coverage({ callbacks, layers, losses, metrics, optimizers, schedules }));
});
