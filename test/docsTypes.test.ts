/** The TypeScript in the README and in the docs is typed as strictly as ibex itself. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => join('docs', name))].filter((name) => name.endsWith('.md'));

it('in README and docs', () => {
  // Within the tree, where tsconfig's paths lead.
  const folder = mkdtempSync(join(root, 'test', 'docs-types-'));
  try {
    pages.forEach((page, i) => {
      const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code]) => code!);
      // The README's blocks stand for themselves, those of a page go on from one another.
      (page === 'README.md' ? blocks : [blocks.join('\n')]).forEach((code, at) => writeFileSync(join(folder, `page${i}_${at}.ts`), `// ${page}\n${code}\nexport {};\n`));
    });
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', compilerOptions: { noUnusedLocals: false, noUnusedParameters: false }, include: ['./*.ts'], exclude: [] }));
    const compiler = join(root, 'node_modules', 'typescript', 'lib', 'tsc.js');
    let problems = '';
    try {
      execFileSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8', cwd: root, stdio: 'pipe' });
    } catch (error) {
      problems = (error as { stdout: string }).stdout;
    }
    expect(problems.split('\n').filter((line) => line.includes('docs-types-') || /^\w+ TS/.test(line)), problems).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
