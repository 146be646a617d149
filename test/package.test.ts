/** What npm packs is what its entries reach, and no more: the modules that they are bundled of are not shipped beside them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { built } from './cli/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, string | { default: string; types: string }>; bin: { ibex: string } };
const entries = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry.default]));
// Not imported, but run.
const programs = [bin.ibex, relative(root, fileURLToPath(built('src/runtime/native/setup/check.js')))];

function reached(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path] of readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g)) reached(join(dirname(file), path!), seen);
  return seen;
}

it('packs all that its entries reach, and nothing beside it', () => {
  // As npm does, with a cache of its own: nothing is fetched.
  const packed = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as [{ files: { path: string }[] }];
  const files = packed[0].files.map(({ path }) => path);
  const needed = [...new Set([...entries, ...programs].flatMap((entry) => [...reached(join(entry))]))];
  expect(files.filter((path) => path.endsWith('.js')).sort()).toEqual(needed.sort());
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE', 'README.md', 'datasets/titanic.csv', 'bindings/NOTICE', 'bindings/linux-x64/session.node', 'dist/src/index.d.ts', 'dist/layers/dense.d.ts']));
  expect(files.filter((path) => path.startsWith('dist/examples'))).toEqual([]);
  for (const entry of Object.values(exports)) if (typeof entry !== 'string') expect(files).toContain(join(entry.types));
});
