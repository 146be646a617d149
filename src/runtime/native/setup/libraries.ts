/** Puts TensorFlow's libraries into a runtime's folder: by a link to a Python environment, or out of wheels. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ModelError } from '../../../core/errors.ts';
import { download, type Python } from './python.ts';
import { inBytes, type Say } from './say.ts';
import { tensorflowVersion, type Target } from './targets.ts';
import { extract, readText } from './wheel.ts';

/** Links to the TensorFlow of a Python environment, and to NVIDIA's libraries beside it: TensorFlow looks for them in `../nvidia`. */
export function link(python: Python, runtime: string): void {
  const { folder } = python.tensorflow!;
  symlinkSync(folder, join(runtime, 'tensorflow'), 'dir');
  const nvidia = join(dirname(folder), 'nvidia');
  if (existsSync(nvidia)) symlinkSync(nvidia, join(runtime, 'nvidia'), 'dir');
}

// The C headers are needed only if the addon has to be compiled here; they moved from version to version.
const header = /^tensorflow\/include\/(tensorflow\/c\/(eager\/)?\w+|(.*\/)?platform\/ctstring(_internal)?|(.*\/)?c\/tsl_status)\.h$/;
const isCuda = (name: string): boolean => /^nvidia\/[^/]+\/(lib\/.*\.so[.\d]*|nvvm\/libdevice\/.*|bin\/ptxas)$/.test(name);

/** A wheel in the folder for whole ones, downloaded if it is not there yet. */
async function fetchWheel(where: string, python: Python, requirement: string, target: Target, staging: string): Promise<{ wheel: string; isNew: boolean }> {
  const wheels = join(staging, 'wheels', requirement.replace(/[^\w.=-]/g, '_'));
  const unfinished = join(staging, 'unfinished');
  const whole = () => readdirSync(wheels, { withFileTypes: true }).find(({ name }) => name.endsWith('.whl'));
  mkdirSync(wheels, { recursive: true });
  const isNew = !whole();
  if (isNew) {
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(join(unfinished, 'tmp'), { recursive: true });
    await download(where, python, requirement, target, unfinished, join(unfinished, 'tmp'));
    const wheel = readdirSync(unfinished).find((name) => name.endsWith('.whl'))!;
    renameSync(join(unfinished, wheel), join(wheels, wheel));
    rmSync(unfinished, { recursive: true });
  }
  return { wheel: join(wheels, whole()!.name), isNew };
}

/** NVIDIA's packages that a TensorFlow wheel asks for under the name `and-cuda`: `nvidia-cublas-cu12<13.0,>=12.5.3.2`. */
async function cudaRequirements(wheel: string): Promise<string[]> {
  const metadata = await readText(wheel, (name) => /^[^/]+\.dist-info\/METADATA$/.test(name));
  return [...metadata.matchAll(/^Requires-Dist: ([^;\n]+);.*extra == ["']and-cuda["']/gm)].map(([, requirement]) => requirement!.replace(/[() ]/g, ''));
}

/** Downloads and unpacks TensorFlow, and NVIDIA's libraries for a GPU. Whatever is whole from an earlier try is kept. */
export async function fetchLibraries(where: string, python: Python, target: Target, wantGpu: boolean, staging: string, runtime: string, say: Say): Promise<void> {
  const fetchAndUnpack = async (requirement: string, isWanted: (name: string) => boolean, least: number): Promise<string> => {
    const wheel = await say.step('download', requirement, async () => {
      const { wheel: file, isNew } = await fetchWheel(where, python, requirement, target, staging);
      return { value: file, result: `${inBytes(statSync(file).size)}${isNew ? '' : ', kept from an earlier try'}` };
    });
    await say.step('unpack', '', async () => {
      try {
        const { files, bytes } = await extract(wheel, runtime, isWanted);
        if (files < least) throw new ModelError(where, `${requirement} does not hold ${target.libraries.join(' and ')}`);
        return { value: undefined, result: `${files} files, ${inBytes(bytes)}, checksums right` };
      } catch (error) {
        // A wheel that is not in order must not be taken for a good one the next time; a full disk is not its fault.
        if (error instanceof ModelError) rmSync(wheel, { force: true });
        throw error;
      }
    });
    return wheel;
  };
  const library = new Set(target.libraries.map((name) => `tensorflow/${name}`));
  const wheel = await fetchAndUnpack(`${target.package}==${tensorflowVersion}`, (name) => library.has(name) || header.test(name), library.size);
  if (!wantGpu) return;
  for (const requirement of await cudaRequirements(wheel)) await fetchAndUnpack(requirement, isCuda, 1);
}
