/** Where ibex keeps what it fetches, and what the native runtime there says of itself. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `ibex setup native` wrote down about the runtime that it made. */
export interface Manifest {
  /** TensorFlow's version: `2.21.0`. */
  tensorflow: string;
  /** The Python package that the libraries come from: `tensorflow` or `tensorflow-cpu`. */
  package: string;
  /** `download`, or the folder of the Python environment whose TensorFlow is linked to. */
  from: string;
  /** Whether the libraries hold CUDA kernels. */
  gpu: boolean;
  binding: 'prebuilt' | 'compiled';
}

/** The user's folder for files that can be fetched again. */
function cacheFolder(): string {
  if (process.platform === 'win32') return process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
}

/** `IBEX_HOME`, else `ibex` in the user's cache folder. */
export const ibexHome = (): string => process.env.IBEX_HOME || join(cacheFolder(), 'ibex');

/** The folder of the native runtime for this platform: `tfjs_binding.node`, `mute.node`, `tensorflow/`, `manifest.json`. */
export const runtimeFolder = (home: string = ibexHome()): string => join(home, 'native', `${process.platform}-${process.arch}`);

export const manifestFile = (folder: string): string => join(folder, 'manifest.json');

/** What is said of the runtime in this folder, or undefined if there is none. The manifest is written last, so it also says that all is there. */
export function readManifest(folder: string): Manifest | undefined {
  const file = manifestFile(folder);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : undefined;
}

/** The folder of ibex's package.json: the repository, or `node_modules/ibexjs`. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
