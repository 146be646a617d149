import { ModelError } from '../src/core/errors.ts';

// The one door to the machine that `datasets` runs on. Modules of Node are asked for when they are needed and by a plain call,
// so that a bundle for browsers has nothing to resolve.
const node = () => (globalThis as { process?: NodeJS.Process }).process;
const isNode = () => node()?.getBuiltinModule !== undefined;
const fs = () => node()!.getBuiltinModule('node:fs/promises');
const paths = () => node()!.getBuiltinModule('node:path');

/** Joins a folder and names in the manner of this machine. */
export const joined = (folder: string, ...names: readonly string[]): string => paths().join(folder, ...names);

/** Where downloads are kept: `cacheDir`, else `IBEX_DATA`, else `ibex` in the user's cache folder; undefined in a browser, which keeps its own. */
export function cacheFolder(cacheDir?: string): string | undefined {
  if (!isNode()) return undefined;
  const { env, platform } = node()!;
  const { join, resolve } = paths();
  const chosen = cacheDir || env['IBEX_DATA'];
  if (chosen) return resolve(chosen);
  const home = node()!.getBuiltinModule('node:os').homedir();
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'ibex');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'ibex');
  return join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'ibex');
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** The bytes of a file, or undefined if there is none. */
export async function bytesOf(path: string): Promise<Uint8Array | undefined> {
  try {
    return await fs().readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The text at a path, a `file:` URL or a web address. */
export async function textOf(where: string, place: string | URL): Promise<string> {
  const url = place instanceof URL ? place : /^(https?|file):/.test(place) ? new URL(place) : undefined;
  if (!isNode() || url?.protocol.startsWith('http')) {
    const response = await fetch(url ?? place);
    if (!response.ok) throw new ModelError(where, `${response.url} answers ${response.status} ${response.statusText}`);
    return response.text();
  }
  try {
    return await fs().readFile(url ?? place, 'utf8');
  } catch (error) {
    const problem = codeOf(error) === 'ENOENT' ? `there is no file ${url?.pathname ?? paths().resolve(String(place))}` : (error as Error).message;
    throw new ModelError(where, problem, { cause: error });
  }
}

/** Makes the folder that a file is to lie in, so that a folder that cannot be written to is known before the work is done. */
export async function makeFolderFor(path: string): Promise<void> {
  await fs().mkdir(paths().dirname(path), { recursive: true });
}

/** Writes a file under a name of its own and then renames it: who reads, or writes at the same time, sees a whole file or none. */
export async function storeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const { rename, rm, stat, writeFile } = fs();
  const own = `${path}.${node()!.pid}-${crypto.randomUUID()}`;
  try {
    await writeFile(own, bytes, { flag: 'wx' });
    await rename(own, path);
  } catch (error) {
    await rm(own, { force: true });
    // Windows refuses to rename onto a file that another process has open: then that process was first.
    const isTaken = ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error) ?? '') && (await stat(path).catch(() => undefined))?.size === bytes.length;
    if (!isTaken) throw error;
  }
}

/** The text of a file of an npm package that ibex can see, or undefined if the package is not installed. */
export async function packageText(file: string): Promise<string | undefined> {
  if (!isNode()) return undefined;
  try {
    return await fs().readFile(node()!.getBuiltinModule('node:module').createRequire(import.meta.url).resolve(file), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND' || codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
