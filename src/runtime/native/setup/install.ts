/** `ibex setup native`: makes a runtime in a folder beside its place, tries it, and only then moves it there. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ModelError } from '../../../core/errors.ts';
import { ibexHome, manifestFile, readManifest, runtimeFolder, type Manifest } from '../home.ts';
import { compile, copyPrebuilt } from './binding.ts';
import { fetchLibraries, link } from './libraries.ts';
import { withLock } from './lock.ts';
import { findPythons, pythonFrom, unfit, withPip, type Python } from './python.ts';
import { inBytes, inSeconds, type Say } from './say.ts';
import { findTarget, tensorflowVersion, type Target } from './targets.ts';
import { tryEngine, type Trial } from './tryEngine.ts';

const where = 'ibex setup native';
const nvidiaDriver = '/proc/driver/nvidia/version';

export interface SetupOptions {
  /** TensorFlow with CUDA, and NVIDIA's libraries. */
  gpu?: boolean;
  /** A Python program whose environment's TensorFlow is to be used. */
  from?: string | undefined;
}

const describe = ({ report }: Extract<Trial, { report: object }>): string =>
  `a small convolutional net learns (loss ${report.lossBefore.toPrecision(2)} → ${report.lossAfter.toPrecision(2)} in ${inSeconds(report.milliseconds)}) with TensorFlow ${report.tensorflow} on the ${report.usesGpu ? 'GPU' : 'CPU'}`;

function checkSpace(target: Target, home: string): void {
  mkdirSync(home, { recursive: true });
  const { bavail, bsize } = statfsSync(home);
  const free = bavail * bsize;
  if (free < target.disk) throw new ModelError(where, `${home} has ${inBytes(free)} free, and ${inBytes(target.disk)} are needed while it is set up — make room, or put IBEX_HOME on another disk`);
}

/** The Python whose TensorFlow will be linked to, or the one whose pip will fetch it. */
async function choosePython(target: Target, { gpu = false, from }: SetupOptions, say: Say): Promise<{ python: Python; reuse: boolean }> {
  const chosen = from === undefined ? undefined : await pythonFrom(where, from, target, gpu);
  const pythons = chosen ? [chosen] : await findPythons();
  const withTensorflow = chosen ?? pythons.find((python) => unfit(python, target, gpu) === undefined);
  const python = withTensorflow ?? withPip(where, pythons);
  const what = withTensorflow ? `its TensorFlow ${python.tensorflow!.version} is used where it is` : `pip ${python.pip}${python.tensorflow ? `, ${unfit(python, target, gpu)}` : ''}`;
  say.line(`python    ${python.executable} (${python.version}): ${what}`);
  return { python, reuse: withTensorflow !== undefined };
}

/** Tries the addons that come with ibex, then ones compiled here. */
async function addBinding(target: Target, staging: string, manifest: Omit<Manifest, 'binding'>, say: Say): Promise<void> {
  const runtime = runtimeFolder(staging);
  const tryIt = async (binding: Manifest['binding']): Promise<string | undefined> => {
    writeFileSync(manifestFile(runtime), JSON.stringify({ ...manifest, binding } satisfies Manifest, null, 2));
    return say.step('check', '', async () => {
      const trial = await tryEngine('native', { home: staging });
      return 'problem' in trial ? { value: trial.problem, result: `failed: ${trial.problem}` } : { value: undefined, result: describe(trial) };
    });
  };
  copyPrebuilt(target, runtime);
  const problem = await tryIt('prebuilt');
  if (problem === undefined) return;
  const failed = `TensorFlow does not work with the addon that comes with ibex (${problem})`;
  await say.step('compile', 'an addon', async () => {
    const scratch = join(staging, 'compile');
    mkdirSync(scratch, { recursive: true });
    try {
      await compile(target, runtime, scratch);
    } catch (error) {
      throw new ModelError(where, `${failed}, and none can be compiled here: ${(error as Error).message}`, { cause: error });
    }
    return { value: undefined, result: 'done' };
  });
  const still = await tryIt('compiled');
  if (still !== undefined) throw new ModelError(where, `${failed}, nor with one compiled here (${still}) — ibex goes on with WebAssembly`);
}

function moveIntoPlace(staging: string, home: string): void {
  const place = runtimeFolder(home);
  const old = join(staging, 'old');
  mkdirSync(dirname(place), { recursive: true });
  if (existsSync(place)) renameSync(place, old);
  renameSync(runtimeFolder(staging), place);
  rmSync(staging, { recursive: true, force: true });
}

/** Whether what is there already is what is asked for, and trains. */
async function isDone({ gpu = false, from }: SetupOptions, home: string, say: Say): Promise<boolean> {
  const manifest = readManifest(runtimeFolder(home));
  if (!manifest || (gpu && !manifest.gpu) || from !== undefined || (manifest.from === 'download' && manifest.tensorflow !== tensorflowVersion)) return false;
  return say.step('check', 'what is set up already', async () => {
    const trial = await tryEngine('native', { home });
    return 'problem' in trial ? { value: false, result: `${trial.problem}; it is set up anew` } : { value: true, result: describe(trial) };
  });
}

/**
 * Sets native TensorFlow up for this user. May be run again at any time: what is done and works is kept, what was broken off is taken up.
 * @throws ModelError if it is not to be had on this machine: says why and what to do
 */
export async function setUpNative(options: SetupOptions, say: Say): Promise<void> {
  const { gpu = false } = options;
  const target = findTarget(where, gpu);
  const home = ibexHome();
  const staging = join(home, 'staging');
  await withLock(join(home, 'setup.lock'), say, async () => {
    if (await isDone(options, home, say)) return say.line('Native TensorFlow is set up.');
    say.line(`Setting up native TensorFlow for ${target.name} in ${runtimeFolder(home)}`);
    const { python, reuse } = await choosePython(target, options, say);
    const runtime = runtimeFolder(staging);
    const source = join(staging, 'source');
    const manifest = reuse
      ? { tensorflow: python.tensorflow!.version, package: python.tensorflow!.package, from: python.tensorflow!.folder, gpu: python.tensorflow!.package === 'tensorflow' }
      : { tensorflow: tensorflowVersion, package: target.package, from: 'download', gpu };
    // What an earlier try has unpacked serves only if it is of the same TensorFlow.
    const id = JSON.stringify(manifest);
    if (reuse || !existsSync(source) || readFileSync(source, 'utf8') !== id) rmSync(runtime, { recursive: true, force: true });
    mkdirSync(runtime, { recursive: true });
    writeFileSync(source, id);
    if (reuse) {
      link(python, runtime);
    } else {
      checkSpace(target, home);
      await fetchLibraries(where, python, target, gpu, staging, runtime, say);
    }
    await addBinding(target, staging, manifest, say);
    moveIntoPlace(staging, home);
    say.line('Native TensorFlow is set up: programs that import ibexjs use it from now on.');
    if (gpu && !existsSync(nvidiaDriver)) say.line('It computes on the CPU until an NVIDIA driver is installed (`nvidia-smi` shows whether one is).');
    if (!gpu && target.name === 'linux-x64' && existsSync(nvidiaDriver)) say.line('An NVIDIA driver is installed: `npx ibex setup native --gpu` makes TensorFlow compute on the GPU (3.4 GB to download).');
  });
}

/** Takes away all that the set-up has put there; a Python environment that it linked to stays as it is. */
export async function removeNative(say: Say): Promise<void> {
  const home = ibexHome();
  const there = [runtimeFolder(home), join(home, 'staging')].filter((folder) => existsSync(folder));
  await withLock(join(home, 'setup.lock'), say, async () => {
    for (const folder of there) {
      rmSync(folder, { recursive: true, force: true });
      say.line(`removed   ${folder}`);
    }
  });
  for (const folder of [join(home, 'native'), home]) {
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
  }
  if (there.length === 0) say.line('Native TensorFlow is not set up: there is nothing to remove.');
}
