/** What the docs show, runs: the ```ts blocks of a page make one module. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';

const docs = new URL('../docs/', import.meta.url);

/** Pages, with what they print. */
const pages: Readonly<Record<string, readonly unknown[]>> = {
  'guide.md': [65, [1, 3], ['loss', 'accuracy', 'val_loss', 'val_accuracy'], true, [1, 0], 1, [2, 16], ...Array<unknown>(9).fill(expect.any(String)), expect.stringMatching('of which 17 trainable and 48 not')],
  'custom-layer.md': [17, true, [2.5]],
  'custom-loss-and-metric.md': [
    { loss: expect.closeTo(4 / 3, 5), near: expect.closeTo(1 / 3, 5) },
    'fit: y: targets are prices, which are not negative',
    { loss: expect.closeTo(5 / 3, 5), largestError: 2, worst: 2 },
  ],
  'custom-callback.md': [100, [0, 1], true],
  'data.md': [['age', 'sex', 'fare'], ['loss', 'accuracy'], 2, [8, 1], [8, 1], [8, 1]],
  'custom-training-loop.md': [expect.closeTo(1.774, 3), expect.closeTo(0.2525, 3), expect.closeTo(0.1948, 3), expect.closeTo(0.093, 3), [0, 1, 1, 0], expect.closeTo(4, 0)],
  'adding-an-optimizer.md': [expect.closeTo(0, 6), []],
  'preprocessing.md': [
    [1, 1],
    ['[UNK]', 'Southampton', 'Cherbourg', 'Queenstown'], [[0, 0, 1, 0], [1, 0, 0, 0]],
    ['', '[UNK]', 'good', 'so', 'film', 'bad', 'a'], [1, 1],
    [[6, 2, 4, 0], [6, 5, 4, 0], [2, 3, 2, 0], [3, 5, 0, 0]],
  ],
  'exporting.md': [
    ['saved_model.pb'],
    'export: /hashed: the layer "buckets" reads its input on the host, which no operation of an exported file can',
    'export: /anyLength: the input "steps" has an axis of any size, [?, 3], and only the number of examples can be left open; make the model with input({ shape }) of fixed sizes',
  ],
  'files.md': [[2, 8], 'xor'],
  'transfer-learning.md': [expect.closeTo(0.97, 1), true, ['dense: learns', 'batchNormalization: frozen', 'features: learns'], ['dense', 'batchNormalization', 'features', 'dense_1']],
  'schedules.md': [expect.closeTo(0.03953, 5)],
};

test('every page that shows a program', () => {
  const shown = readdirSync(docs).filter((page) => page.endsWith('.md') && /^```ts$/m.test(readFileSync(new URL(page, docs), 'utf8')));
  expect(Object.keys(pages).sort()).toEqual(shown.sort());
});

test.each(Object.entries(pages))('%s', async (page, printed) => {
  const blocks = [...readFileSync(new URL(page, docs), 'utf8').matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code]) => code!);
  expect(blocks.length).toBeGreaterThan(0);
  // Within the tree, where `ibexjs` is found.
  const folder = mkdtempSync(fileURLToPath(new URL('docs-', import.meta.url)));
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    const file = join(folder, 'page.ts');
    writeFileSync(file, blocks.join('\n'));
    await import(/* @vite-ignore */ file);
    expect(log.mock.calls.map(([value]) => value as unknown)).toEqual(printed);
  } finally {
    log.mockRestore();
    rmSync(folder, { recursive: true });
  }
});
