/** Python environments: whether one has TensorFlow already, and whether one has pip to fetch it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ModelError } from '../../../core/errors.ts';
import { lastLines, run } from './processes.ts';
import { oldestTensorflow, type Target } from './targets.ts';

export interface Python {
  executable: string;
  version: string;
  /** pip's version, or null without one. */
  pip: string | null;
  /** The TensorFlow of this environment: its folder in site-packages. */
  tensorflow: { folder: string; package: string; version: string } | null;
}

// Finds TensorFlow without importing it, which would take seconds. The current folder is no place to look for packages.
const probe = `
import sys
sys.path = [place for place in sys.path if place]
import importlib.metadata as metadata, importlib.util, json, platform
def version(*names):
    for name in names:
        try: return name, metadata.version(name)
        except metadata.PackageNotFoundError: pass
pip, tensorflow, spec = version('pip'), version('tensorflow', 'tensorflow-cpu'), importlib.util.find_spec('tensorflow')
print(json.dumps({'executable': sys.executable, 'version': platform.python_version(), 'pip': pip and pip[1], 'tensorflow':
    {'folder': spec.submodule_search_locations[0], 'package': tensorflow[0], 'version': tensorflow[1]} if spec and tensorflow else None}))
`;

/** What there is behind a Python command; undefined if it does not start. */
async function look(command: string): Promise<Python | undefined> {
  const { status, stdout } = await run(command, ['-c', probe]);
  return status === 0 ? (JSON.parse(stdout) as Python) : undefined;
}

/** The Python environments that a user may mean, the active one first. */
export async function findPythons(): Promise<Python[]> {
  const { VIRTUAL_ENV, CONDA_PREFIX } = process.env;
  const commands = [VIRTUAL_ENV && join(VIRTUAL_ENV, 'bin', 'python'), CONDA_PREFIX && join(CONDA_PREFIX, 'bin', 'python'), 'python3', 'python'];
  const found = await Promise.all(commands.filter((command) => command).map((command) => look(command!)));
  return found.filter((python) => python !== undefined);
}

/** Why the TensorFlow of this environment cannot serve, or undefined if it can. */
export function unfit({ tensorflow }: Python, { libraries }: Target, wantGpu: boolean): string | undefined {
  if (!tensorflow) return 'has no TensorFlow';
  const [major = 0, minor = 0] = tensorflow.version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestTensorflow;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) return `has TensorFlow ${tensorflow.version}, and ibex needs ${oldestTensorflow.join('.')} or newer`;
  const missing = libraries.filter((library) => !existsSync(join(tensorflow.folder, library)));
  if (missing.length > 0) return `has a TensorFlow without ${missing.join(' and ')}`;
  if (wantGpu && tensorflow.package === 'tensorflow-cpu') return 'has tensorflow-cpu, which knows no GPU';
  return undefined;
}

/** The environment that `--from` names. @throws ModelError if it is not there or its TensorFlow cannot serve */
export async function pythonFrom(where: string, command: string, target: Target, wantGpu: boolean): Promise<Python> {
  const python = await look(command);
  if (!python) throw new ModelError(where, `--from ${command}: no Python starts there — give the path of a Python program, such as .venv/bin/python`);
  const reason = unfit(python, target, wantGpu);
  if (reason) throw new ModelError(where, `--from ${command}: this Python ${reason} — \`${command} -m pip install ${target.package}\` brings it, or leave --from out`);
  return python;
}

/** Any Python with pip. @throws ModelError if there is none: says how to get it */
export function withPip(where: string, pythons: readonly Python[]): Python {
  const python = pythons.find(({ pip }) => pip);
  if (python) return python;
  const lacking = pythons[0] ? `${pythons[0].executable} has no pip` : 'there is no python3';
  const remedy = process.platform === 'darwin' ? '`brew install python`' : '`sudo apt install python3-pip` (Debian, Ubuntu), `sudo dnf install python3-pip` (Fedora), or python3 from conda or uv';
  throw new ModelError(where, `TensorFlow comes from the Python package index, fetched by pip, and ${lacking} — ${remedy}; Python is not needed afterwards`);
}

/**
 * Downloads a wheel for a target, whatever this Python's own version and platform; pip checks its sum.
 * @param requirement - `tensorflow-cpu==2.21.0`
 * @param scratch - a folder for pip's unfinished files, on the same disk: /tmp may be small
 */
export async function download(where: string, python: Python, requirement: string, { platforms }: Target, folder: string, scratch: string): Promise<void> {
  const show = process.stdout.isTTY;
  const args = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--disable-pip-version-check', ...(show ? [] : ['--quiet'])];
  // The libraries do not depend on the Python version, but pip wants one for which the wheel is published.
  args.push('--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312');
  args.push(...platforms.flatMap((platform) => ['--platform', platform]), '--dest', folder, requirement);
  const outcome = await run(python.executable, args, { show, env: { TMPDIR: scratch } });
  if (outcome.status !== 0) {
    throw new ModelError(where, `pip could not download ${requirement} (${python.executable}, pip ${python.pip})${show ? '' : `:\n${lastLines(outcome)}\n`} — check the network and pip's index settings, then run this again: what is done already is kept`);
  }
}
