import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { cacheFolder, storeWhole, textOf } from '../../datasets/files.ts';
import { titanic } from '../../datasets/titanic.ts';
import { serve } from './server.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

const on = (platform: NodeJS.Platform, env: Record<string, string | undefined>) => {
  for (const name of ['IBEX_DATA', 'XDG_CACHE_HOME', 'LOCALAPPDATA']) vi.stubEnv(name, env[name]);
  vi.stubEnv('HOME', '/people/ada');
  const real = process.platform;
  Object.defineProperty(process, 'platform', { value: platform });
  try {
    return cacheFolder();
  } finally {
    Object.defineProperty(process, 'platform', { value: real });
  }
};

test.skipIf(process.platform === 'win32')('the cache lies where each system keeps caches, unless IBEX_DATA or cacheDir says otherwise', () => {
  expect(on('linux', {})).toBe('/people/ada/.cache/ibex');
  expect(on('linux', { XDG_CACHE_HOME: '/fast' })).toBe('/fast/ibex');
  expect(on('darwin', {})).toBe('/people/ada/Library/Caches/ibex');
  expect(on('win32', { LOCALAPPDATA: '/local' })).toBe('/local/ibex');
  expect(on('linux', { IBEX_DATA: '/data', XDG_CACHE_HOME: '/fast' })).toBe('/data');
  vi.stubEnv('IBEX_DATA', '/data');
  expect(cacheFolder('/mine')).toBe('/mine');
});

test('a file that many write at once is always one of theirs, whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ibex-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file');
  const versions = Array.from({ length: 12 }, (_, i) => new Uint8Array(200_000).fill(i));
  await storeWhole(path, versions[0]!);
  const writing = Promise.all(versions.map((version) => storeWhole(path, version)));
  let done = false;
  void writing.then(() => (done = true));
  do {
    const seen = readFileSync(path);
    expect(seen.equals(versions[seen[0]!]!)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1));
  } while (!done);
  await writing;
  expect(readdirSync(folder)).toEqual(['file']);
});

test('text comes from the web, too, and a missing place is named', async () => {
  const { address } = await serve((request, response) => (request.url === '/a.csv' ? response.end('a,b') : response.writeHead(404, 'Not Found').end()));
  expect(await textOf('here', `${address}a.csv`)).toBe('a,b');
  await expect(textOf('here', `${address}b.csv`)).rejects.toThrow(`here: ${address}b.csv answers 404 Not Found`);
  await expect(textOf('here', '/no/such.csv')).rejects.toThrow(/^here: there is no file .*such\.csv$/);
});

test('without Node (in a browser) files are fetched and nothing is cached', async () => {
  const text = readFileSync(new URL('../../datasets/titanic.csv', import.meta.url), 'utf8');
  const fetched: string[] = [];
  vi.stubGlobal('fetch', async (url: URL) => {
    fetched.push(url.href);
    return new Response(text);
  });
  vi.stubGlobal('process', undefined);
  const { train } = await titanic().finally(() => vi.unstubAllGlobals());
  expect(train.x.shape).toEqual([1054, 6]);
  expect(fetched).toEqual([new URL('../../datasets/titanic.csv', import.meta.url).href]);
});
