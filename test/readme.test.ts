/** Every block of TypeScript in the README runs as it stands, in an empty folder. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const blocks = [...readme.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code]) => code!);
const home = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'ibex-readme-'));
// Modules lie within the tree, where `ibexjs` is found; what they write goes to the empty folder.
const modules = mkdtempSync(fileURLToPath(new URL('readme-', import.meta.url)));

beforeAll(() => process.chdir(folder));
afterAll(() => {
  process.chdir(home);
  for (const each of [folder, modules]) rmSync(each, { recursive: true });
});

test('there are blocks', () => expect(blocks.length).toBeGreaterThanOrEqual(2));

test.each(blocks.map((code, i) => [i + 1, code] as const))('block %i', async (i, code) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  try {
    const file = join(modules, `block${i}.ts`);
    writeFileSync(file, code);
    await import(/* @vite-ignore */ file);
    expect(log).toHaveBeenCalled();
  } finally {
    log.mockRestore();
    out.mockRestore();
  }
});
