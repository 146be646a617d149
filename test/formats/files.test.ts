import { once } from 'node:events';
import { chmod, lstat, mkdir, mkdtemp, open, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ModelError } from '../../src/core/errors.ts';
import { readBytes, writeAtomically } from '../../src/formats/files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ibex-files-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const text = (words: string) => new TextEncoder().encode(words);

/** Runs as a user without rights, for the superuser may do anything; says so where that cannot be done. */
async function unprivileged(skip: (note: string) => void, action: () => Promise<void>) {
  const { getuid, geteuid, seteuid } = process;
  if (!getuid || !geteuid || !seteuid) return skip('this system has no user ids');
  const before = geteuid();
  if (before === 0) {
    await chmod(folder, 0o777);
    seteuid(65534);
  }
  try {
    await action();
  } finally {
    if (before === 0) seteuid(0);
  }
}

describe('readBytes', () => {
  it('gives the bytes of a file', async () => {
    await writeFile(join(folder, 'a.bin'), text('abc'));
    expect(await readBytes(join(folder, 'a.bin'), 'loadModel')).toEqual(text('abc'));
  });

  it('says what is wrong with a missing file, a folder, and a file in place of a folder', async () => {
    await writeFile(join(folder, 'a.bin'), '');
    await expect(readBytes(join(folder, 'none.keras'), 'loadModel')).rejects.toThrow(
      new ModelError('loadModel', `cannot read ${join(folder, 'none.keras')}: there is no such file: check the path and the current folder`),
    );
    await expect(readBytes(folder, 'loadModel')).rejects.toThrow(`loadModel: cannot read ${folder}: it is a folder, name a file`);
    await expect(readBytes(join(folder, 'a.bin', 'b'), 'loadModel')).rejects.toThrow('a part of the path is a file, not a folder');
  });

  it('says that a file may not be read', async ({ skip }) => {
    await unprivileged(skip, async () => {
      await writeFile(join(folder, 'mine.bin'), 'x');
      await chmod(join(folder, 'mine.bin'), 0o000);
      await expect(readBytes(join(folder, 'mine.bin'), 'loadModel')).rejects.toThrow('permission denied: change its permissions');
    });
  });
});

describe('writeAtomically', () => {
  it('writes bytes, a list of pieces, and a stream of pieces', async () => {
    const path = join(folder, 'a.bin');
    await writeAtomically(path, text('one'), 'save');
    expect(await readFile(path, 'utf8')).toBe('one');
    await writeAtomically(path, [text('two'), text(' '), text('three')], 'save');
    expect(await readFile(path, 'utf8')).toBe('two three');
    const sizes = [0, 3, 2 ** 20 - 3, 1, 2 ** 20 + 1, 0, 5, 700_000, 700_000, 0];
    const pieces = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
    await writeAtomically(path, pieces, 'save');
    expect((await readFile(path)).equals(Buffer.concat(pieces))).toBe(true);
    await writeAtomically(path, [], 'save');
    expect(await readFile(path, 'utf8')).toBe('');
    await writeAtomically(
      path,
      (async function* () {
        yield text('fo');
        yield text('ur');
      })(),
      'save',
    );
    expect(await readFile(path, 'utf8')).toBe('four');
    expect(await readdir(folder)).toEqual(['a.bin']);
  });

  it('leaves the old file and nothing else when the content fails half-way', async () => {
    const path = join(folder, 'a.bin');
    await writeFile(path, 'old');
    const broken = (async function* () {
      yield text('new');
      throw new Error('the weights were disposed');
    })();
    await expect(writeAtomically(path, broken, 'save')).rejects.toThrow(`save: cannot write ${path}: the weights were disposed`);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a.bin']);
  });

  it('leaves the old file and nothing else when the disk is full', async () => {
    const path = join(folder, 'a.bin');
    await writeFile(path, 'old');
    const handle = await open(path, 'r');
    const everyHandle = Object.getPrototypeOf(handle) as { sync(): Promise<void> };
    await handle.close();
    vi.spyOn(everyHandle, 'sync').mockRejectedValue(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    await expect(writeAtomically(path, text('new'), 'save')).rejects.toThrow(
      `save: cannot write ${path}: the disk is full: make room or choose another disk`,
    );
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a.bin']);
  });

  it('says what is wrong with a missing folder and a folder in place of the file', async () => {
    await expect(writeAtomically(join(folder, 'none', 'a.bin'), text(''), 'save')).rejects.toThrow('there is no such folder: create it first');
    await mkdir(join(folder, 'b.keras'));
    await expect(writeAtomically(join(folder, 'b.keras'), text(''), 'save')).rejects.toThrow(
      new ModelError('save', `cannot write ${join(folder, 'b.keras')}: a folder has that name, name a file`),
    );
    expect(await readdir(folder)).toEqual(['b.keras']);
  });

  it.skipIf(process.platform === 'win32')('touches no device, pipe or socket', async () => {
    const path = join(folder, 'socket');
    const server = createServer().listen(path);
    await once(server, 'listening');
    await expect(writeAtomically(path, text(''), 'save')).rejects.toThrow(`save: cannot write ${path}: it is a device or a pipe, name a file`);
    await expect(readBytes(path, 'loadModel')).rejects.toThrow(`loadModel: cannot read ${path}: it is a device or a pipe, name a file`);
    expect((await lstat(path)).isSocket()).toBe(true);
    server.close();
  });

  it('refuses a folder without permission and a file that is read-only', async ({ skip }) => {
    await unprivileged(skip, async () => {
      await mkdir(join(folder, 'closed'), { mode: 0o555 });
      await expect(writeAtomically(join(folder, 'closed', 'a.bin'), text(''), 'save')).rejects.toThrow('permission denied: choose a place');
      await writeFile(join(folder, 'kept.bin'), 'kept', { mode: 0o444 });
      await expect(writeAtomically(join(folder, 'kept.bin'), text('new'), 'save')).rejects.toThrow('permission denied');
      expect(await readFile(join(folder, 'kept.bin'), 'utf8')).toBe('kept');
    });
  });

  it('keeps the permissions of the old file and follows a symbolic link', async () => {
    const path = join(folder, 'a.bin');
    await writeFile(path, 'old');
    await chmod(path, 0o666);
    await symlink(path, join(folder, 'link.bin'));
    await writeAtomically(join(folder, 'link.bin'), text('new'), 'save');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o666);
    expect((await lstat(join(folder, 'link.bin'))).isSymbolicLink()).toBe(true);
  });

  it('leaves one whole file when many write at once', async () => {
    const path = join(folder, 'a.bin');
    const contents = Array.from({ length: 20 }, (_, i) => new Uint8Array(100_000).fill(i));
    await Promise.all(contents.map((content) => writeAtomically(path, content, 'save')));
    const left = await readFile(path);
    expect(contents.some((content) => left.equals(content))).toBe(true);
    expect(await readdir(folder)).toEqual(['a.bin']);
  });
});
