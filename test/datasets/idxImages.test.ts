import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { type IdxImages, loadIdxImages } from '../../datasets/idxImages.ts';
import { cutAfter, sendFile, serve } from './server.ts';

// Three pictures to train with and two to test, in the form of the real files.
const idx = (sizes: readonly number[], value: (i: number) => number) => {
  const count = sizes.reduce((product, n) => product * n, 1);
  return Uint8Array.from([0, 0, 8, sizes.length, ...sizes.flatMap((n) => [0, 0, n >> 8, n & 255]), ...Array.from({ length: count }, (_, i) => value(i) & 255)]);
};
const contents = {
  'train-images-idx3-ubyte.gz': idx([3, 28, 28], (i) => i * i * 31 + (i >> 3)),
  'train-labels-idx1-ubyte.gz': idx([3], (i) => i + 4),
  't10k-images-idx3-ubyte.gz': idx([2, 28, 28], (i) => i * 5),
  't10k-labels-idx1-ubyte.gz': idx([2], (i) => 9 - i),
};
type Name = keyof typeof contents;
const names = Object.keys(contents) as Name[];
const sumOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const packed = Object.fromEntries(names.map((name) => [name, gzipSync(contents[name])])) as Record<Name, Buffer>;
const set: IdxImages = {
  where: 'datasets.tiny',
  folder: 'tiny',
  mirrors: [],
  sums: Object.fromEntries(names.map((name) => [name, sumOf(contents[name])])) as Record<Name, string>,
  classNames: ['a', 'b'],
  instead: 'Or draw your own.',
};
const asked = (url: string | undefined) => packed[basename(url!) as Name];

let cacheDir: string;
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'ibex-'));
  onTestFinished(() => rmSync(cacheDir, { recursive: true }));
});

const goodServer = () => serve((request, response) => sendFile(request, response, asked(request.url)));

test('downloads what is not there, keeps it as it came, and does not ask again', async () => {
  const { address, requests } = await goodServer();
  const seen: string[] = [];
  const first = await loadIdxImages(set, { cacheDir, mirrors: [address], progress: ({ file }) => seen.push(file) });
  expect(first).toMatchObject({ classNames: ['a', 'b'], source: 'full' });
  expect(first.train.x.shape).toEqual([3, 28, 28]);
  expect(first.train.x.data).toEqual(contents['train-images-idx3-ubyte.gz'].slice(16));
  expect(first.train.y).toEqual({ data: Uint8Array.of(4, 5, 6), shape: [3] });
  expect(first.test.x.shape).toEqual([2, 28, 28]);
  expect(first.test.y).toEqual({ data: Uint8Array.of(9, 8), shape: [2] });
  expect(new Set(seen)).toEqual(new Set(names));
  expect(readdirSync(cacheDir)).toEqual(['tiny']);
  expect(readdirSync(join(cacheDir, 'tiny')).sort()).toEqual([...names].sort());
  for (const name of names) expect(readFileSync(join(cacheDir, 'tiny', name)).equals(packed[name])).toBe(true);

  expect(requests).toHaveLength(4);
  expect(await loadIdxImages(set, { cacheDir, mirrors: [address] })).toEqual(first);
  expect(requests).toHaveLength(4);
});

test('reads a folder that holds just the four files', async () => {
  for (const name of names) writeFileSync(join(cacheDir, name), packed[name]);
  expect((await loadIdxImages(set, { cacheDir, mirrors: ['http://127.0.0.1:1/'] })).train.y.shape).toEqual([3]);
});

test('accepts another packing of the same bytes, and bytes that were unpacked on the way', async () => {
  const { address } = await serve((request, response) => {
    const name = basename(request.url!) as Name;
    sendFile(request, response, name.startsWith('train') ? gzipSync(contents[name], { level: 1 }) : contents[name]);
  });
  const { train, test } = await loadIdxImages(set, { cacheDir, mirrors: [address] });
  expect([train.y.shape, test.y.shape]).toEqual([[3], [2]]);
  expect((await loadIdxImages(set, { cacheDir, mirrors: ['http://127.0.0.1:1/'] })).test).toEqual(test);
});

test('a connection that breaks in each file is taken up again', async () => {
  const begun = new Set<string>();
  const { address } = await serve((request, response) => {
    if (begun.has(request.url!)) return sendFile(request, response, asked(request.url));
    begun.add(request.url!);
    cutAfter(response, asked(request.url), 20);
  });
  expect((await loadIdxImages(set, { cacheDir, mirrors: [address] })).test.y.shape).toEqual([2]);
});

test('a wrong sum is an error and leaves no file', async () => {
  const { address } = await serve((request, response) => sendFile(request, response, gzipSync(Buffer.from('something else'))));
  const wrong = `its content has the SHA-256 ${sumOf(Buffer.from('something else'))}; expected ${set.sums['train-images-idx3-ubyte.gz']}`;
  await expect(loadIdxImages(set, { cacheDir, mirrors: [address] })).rejects.toThrow(wrong);
  expect(readdirSync(join(cacheDir, 'tiny'))).toEqual([]);
});

test('a broken archive and a page in place of the file are named', async () => {
  const { address } = await serve((request, response) =>
    request.url!.startsWith('/page/') ? response.end('<html>Log in first</html>') : sendFile(request, response, asked(request.url).subarray(0, 100)));
  await expect(loadIdxImages(set, { cacheDir, mirrors: [`${address}page`, address] })).rejects.toThrow(/page\/train-images.*SHA-256 [0-9a-f]{64}; expected .*\n.*: unexpected EOF/);
});

test('a damaged file in the cache is replaced', async () => {
  const { address } = await goodServer();
  mkdirSync(join(cacheDir, 'tiny'));
  const path = join(cacheDir, 'tiny', 'train-labels-idx1-ubyte.gz');
  writeFileSync(path, packed['train-labels-idx1-ubyte.gz'].subarray(0, 15));
  expect((await loadIdxImages(set, { cacheDir, mirrors: [address] })).train.y.shape).toEqual([3]);
  expect(readFileSync(path).equals(packed['train-labels-idx1-ubyte.gz'])).toBe(true);
});

test('says what was tried, what is wrong with the file that is there, where to put it by hand, and what else to do', async () => {
  const path = join(cacheDir, 'train-images-idx3-ubyte.gz');
  writeFileSync(path, gzipSync(Buffer.from('other pictures')));
  await expect(loadIdxImages(set, { cacheDir, mirrors: ['http://127.0.0.1:1/'] })).rejects.toThrow(
    new RegExp(
      [
        '^datasets.tiny: train-images-idx3-ubyte.gz could not be downloaded.',
        'Tried:',
        '  http://127.0.0.1:1/train-images-idx3-ubyte.gz: .+',
        `${path} is there, but its content has the SHA-256 ${sumOf(Buffer.from('other pictures'))}; expected ${set.sums['train-images-idx3-ubyte.gz']}.`,
        `Or put the four files .${names.join(', ')}. by hand into ${join(cacheDir, 'tiny')}`,
        'Or draw your own.$',
      ].join('\n'),
    ),
  );
});

test('two at once both get the data and leave whole files only', async () => {
  const { address } = await serve((request, response) => {
    const bytes = asked(request.url);
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 10));
    setTimeout(() => response.end(bytes.subarray(10)), 50);
  });
  const all = await Promise.all(Array.from({ length: 4 }, () => loadIdxImages(set, { cacheDir, mirrors: [address] })));
  for (const each of all) expect(each).toEqual(all[0]);
  expect(readdirSync(join(cacheDir, 'tiny')).sort()).toEqual([...names].sort());
  for (const name of names) expect(readFileSync(join(cacheDir, 'tiny', name)).equals(packed[name])).toBe(true);
});

test('a cache folder that cannot be made is named before anything is fetched', async () => {
  const { address, requests } = await goodServer();
  writeFileSync(join(cacheDir, 'file'), '');
  await expect(loadIdxImages(set, { cacheDir: join(cacheDir, 'file'), mirrors: [address] })).rejects.toThrow(
    /^datasets.tiny: cannot keep train-images-idx3-ubyte.gz in .*file.tiny.*; choose another folder with cacheDir or IBEX_DATA$/,
  );
  expect(requests).toHaveLength(0);
});
