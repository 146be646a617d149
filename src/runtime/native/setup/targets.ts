/** For which machines a native TensorFlow can be fetched, and under which names. */
import { ModelError } from '../../../core/errors.ts';

/** The TensorFlow that `ibex setup native` fetches. */
export const tensorflowVersion = '2.21.0';

/** The oldest TensorFlow of a Python environment that the addon has been tried with. */
export const oldestTensorflow = [2, 12] as const;

export interface Target {
  /** As in the folders of `bindings/`: `linux-x64`. */
  name: string;
  /** The Python package whose wheel holds the libraries. */
  package: string;
  /** The wheel's platform tags, as pip wants them. */
  platforms: readonly string[];
  libraries: readonly string[];
  /** Bytes to download, and bytes that the download and what is unpacked from it take on the disk, roughly. */
  download: number;
  disk: number;
}

const linux = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const mac = ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'];
const manylinux = (machine: string) => ['manylinux_2_27', 'manylinux_2_17', 'manylinux2014'].map((tag) => `${tag}_${machine}`);

const targets: Record<string, Omit<Target, 'name'>> = {
  'linux-x64': { package: 'tensorflow-cpu', platforms: manylinux('x86_64'), libraries: linux, download: 274e6, disk: 1.2e9 },
  'linux-arm64': { package: 'tensorflow', platforms: manylinux('aarch64'), libraries: linux, download: 282e6, disk: 1.2e9 },
  'darwin-arm64': { package: 'tensorflow', platforms: ['macosx_12_0_arm64'], libraries: mac, download: 224e6, disk: 1e9 },
};

/** TensorFlow with CUDA kernels, and NVIDIA's libraries besides. */
const gpu: Omit<Target, 'name'> = { package: 'tensorflow', platforms: manylinux('x86_64'), libraries: linux, download: 3.4e9, disk: 11e9 };

/** What the process says of its C library: `2.36`, or undefined where it is not glibc. */
function glibc(): number[] | undefined {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime?.split('.').map(Number);
}

const ownBuild = '`npm install @tensorflow/tfjs-node` brings an older build of its own, which ibex uses where it is installed';

/**
 * What to fetch for this machine.
 * @throws ModelError if there is no native TensorFlow for it: says what there is instead
 */
export function findTarget(where: string, wantGpu: boolean): Target {
  const name = `${process.platform}-${process.arch}`;
  if (process.platform === 'win32') {
    throw new ModelError(where, `Windows: the TensorFlow that is published for it holds no library that Node can load — use ibex inside WSL 2, or ${ownBuild}`);
  }
  const found = targets[name];
  if (!found) throw new ModelError(where, `no current TensorFlow is published for ${name} (only for ${Object.keys(targets).join(', ')}) — ${ownBuild}`);
  if (process.platform === 'linux') {
    const version = glibc();
    if (!version) throw new ModelError(where, 'this system runs on musl (Alpine?), and TensorFlow is published for glibc — use a Debian, Ubuntu or Fedora image, for instance node:22-slim');
    if (version[0] === 2 && version[1]! < 27) throw new ModelError(where, `TensorFlow needs glibc 2.27 or newer, and this system has ${version.join('.')} — use a newer one (Debian 10, Ubuntu 18.04 and everything since)`);
  }
  if (wantGpu && name !== 'linux-x64') throw new ModelError(where, `--gpu: TensorFlow is published with CUDA for linux-x64 only, and this is ${name} — leave --gpu out`);
  return { name, ...(wantGpu ? gpu : found) };
}
