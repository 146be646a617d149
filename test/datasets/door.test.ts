import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../datasets/', import.meta.url);
const sources = readdirSync(folder).filter((name) => name.endsWith('.ts'));

test.each(sources)('%s imports only its neighbours, errors, arrays and npm packages', (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const imported = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, from]) => from!);
  const allowed = /^(\.\/[\w]+\.ts|\.\.\/src\/core\/(errors|array)\.ts|zod|fflate)$/;
  expect(imported.filter((from) => !allowed.test(from))).toEqual([]);
  if (name !== 'files.ts') expect(text).not.toContain('node:');
});
