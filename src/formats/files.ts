import { ModelError } from '../core/errors.ts';

/**
 * The door to the file system: the only module under `src/formats` that imports `node:`, and it does so when first asked,
 * so that a bundle for a browser can put another file in its place.
 */
export const node = async () => ({ fs: await import('node:fs/promises'), path: await import('node:path'), random: await import('node:crypto') });

/** Bytes of a file to be: in one piece, or in pieces in order. */
export type FileContent = Uint8Array | readonly Uint8Array[] | AsyncIterable<Uint8Array>;

const remedies: Record<string, string> = {
  ENOENT: 'there is no such folder: create it first',
  ENOTDIR: 'a part of the path is a file, not a folder: correct the path',
  EEXIST: 'a file has that name: remove it, or choose another',
  EACCES: 'permission denied: choose a place you may write to, or change its permissions',
  EPERM: 'the system forbids it: choose a place you may write to, or change its permissions',
  EROFS: 'that file system is read-only: choose another place',
  ENOSPC: 'the disk is full: make room or choose another disk',
  EDQUOT: 'the disk quota is used up: make room or choose another disk',
  EFBIG: 'the file system does not take a file of this size: choose another disk',
  ENAMETOOLONG: 'the name is too long: shorten it',
  EMFILE: 'too many files are open: close some or raise the limit (ulimit -n)',
  ELOOP: 'the symbolic links lead in a circle: correct them',
};

const readRemedies: Record<string, string> = {
  ...remedies,
  ENOENT: 'there is no such file: check the path and the current folder',
  EACCES: 'permission denied: change its permissions, or run as a user who may read it',
};

/** An error of the file system in words. */
export function explain(error: unknown, where: string, what: string, words: Record<string, string> = remedies): ModelError {
  if (error instanceof ModelError) return error;
  const { code, message } = error as { code?: string; message?: string };
  return new ModelError(where, `${what}: ${(code && words[code]) ?? message ?? String(error)}`, { cause: error });
}

// One read of Node takes at most 2 GiB.
const piece = 2 ** 30;

/**
 * The bytes of a file.
 * @param where who asks, for the error: `loadModel("titanic.keras")`
 * @throws ModelError when there is no such file, it is a folder, or it may not be read
 */
export async function readBytes(path: string, where: string): Promise<Uint8Array> {
  const { fs } = await node();
  const what = `cannot read ${path}`;
  try {
    // Before opening: to open a pipe would wait for its writer.
    const found = await fs.stat(path);
    if (found.isDirectory()) throw new ModelError(where, `${what}: it is a folder, name a file`);
    if (!found.isFile()) throw new ModelError(where, `${what}: it is a device or a pipe, name a file`);
    const file = await fs.open(path, 'r');
    try {
      const { size } = await file.stat();
      const bytes = new Uint8Array(size);
      let filled = 0;
      while (filled < size) {
        const { bytesRead } = await file.read(bytes, filled, Math.min(piece, size - filled), filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled === size ? bytes : bytes.subarray(0, filled);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw explain(error, where, what, readRemedies);
  }
}

/** Small pieces put together to a mebibyte, so that the system is not asked once for each. */
export function* gathered(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  const joined = () => {
    const [first] = waiting;
    if (waiting.length === 1 && first) return first;
    const block = new Uint8Array(size);
    let at = 0;
    for (const piece of waiting) {
      block.set(piece, at);
      at += piece.length;
    }
    return block;
  };
  for (const piece of pieces) {
    if (size > 0 && size + piece.length > 2 ** 20) {
      yield joined();
      waiting = [];
      size = 0;
    }
    waiting.push(piece);
    size += piece.length;
  }
  yield joined();
}

/**
 * Writes a file whole or not at all: into a new file beside it, flushed to the disk, then renamed over the old one.
 * If anything fails, or `content` itself throws, the old file stays as it was and nothing is left behind.
 * A symbolic link is followed; an existing file keeps its permissions. Of several writers at once the last to finish wins.
 * @param where who asks, for the error: `model.save`
 * @throws ModelError for a missing folder, a folder in place of the file, no permission, a full disk
 */
export async function writeAtomically(path: string, content: FileContent, where: string): Promise<void> {
  const { fs, path: paths, random } = await node();
  const what = `cannot write ${path}`;
  try {
    const target = await fs.realpath(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return path;
      throw error;
    });
    const old = await fs.stat(target).catch(() => undefined);
    if (old?.isDirectory()) throw new ModelError(where, `${what}: a folder has that name, name a file`);
    if (old && !old.isFile()) throw new ModelError(where, `${what}: it is a device or a pipe, name a file`);
    // A rename would replace even a file that its owner made read-only.
    if (old) await (await fs.open(target, 'r+')).close();
    const temporary = paths.join(paths.dirname(target), `.${random.randomUUID()}.tmp`);
    const file = await fs.open(temporary, 'wx');
    try {
      try {
        if (old) await file.chmod(old.mode & 0o777);
        await fs.writeFile(file, Array.isArray(content) ? gathered(content) : (content as Uint8Array | AsyncIterable<Uint8Array>));
        await file.sync();
      } finally {
        await file.close();
      }
      await fs.rename(temporary, target);
    } catch (error) {
      await fs.rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  } catch (error) {
    throw explain(error, where, what, remedies);
  }
}

/**
 * Puts text or bytes in place of all that a file has from a byte on, and makes the file if there is none.
 * @returns the length of the file, where the next ones go
 * @throws ModelError for a missing folder, no permission, a full disk
 */
export async function replaceTail(path: string, from: number, content: string | Uint8Array, where: string): Promise<number> {
  const { fs } = await node();
  try {
    const file = await fs.open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return fs.open(path, 'w');
      throw error;
    });
    try {
      // What somebody cut off meanwhile is not filled with zeros.
      const start = Math.min(from, (await file.stat()).size);
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      await file.truncate(start);
      for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done, bytes.length - done, start + done)).bytesWritten;
      return start + bytes.length;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw explain(error, where, `cannot write ${path}`);
  }
}

/** Whether there is something of that name. */
export async function exists(path: string): Promise<boolean> {
  const { fs } = await node();
  return fs.stat(path).then(() => true, () => false);
}

/** Removes a file; one that is not there is no error. */
export async function removeFile(path: string, where: string): Promise<void> {
  const { fs } = await node();
  try {
    await fs.rm(path, { force: true });
  } catch (error) {
    throw explain(error, where, `cannot remove ${path}`);
  }
}

/** Makes the folder that a file is to lie in. */
export async function makeFolderFor(file: string, where: string): Promise<void> {
  const { path } = await node();
  await makeFolder(path.dirname(file), where);
}

/** Makes a folder, and those around it, if it is not there. */
export async function makeFolder(path: string, where: string): Promise<void> {
  const { fs } = await node();
  try {
    await fs.mkdir(path, { recursive: true });
  } catch (error) {
    throw explain(error, where, `cannot make the folder ${path}`);
  }
}
