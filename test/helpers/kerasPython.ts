/**
 * A Python with keras 3 and tensorflow, for tests that ask real Keras: named by IBEX_KERAS_PYTHON, or in the folder `keras` of ibex's cache; with
 * IBEX_KERAS_SETUP=1 it is set up there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ibexHome } from '../../src/runtime/native/home.ts';

export const noPython = 'no Python with Keras here; set IBEX_KERAS_PYTHON, or IBEX_KERAS_SETUP=1';

export function findKerasPython(): string | undefined {
  const own = process.env.IBEX_KERAS_PYTHON;
  if (own) return own;
  const home = join(ibexHome(), 'keras');
  const python = join(home, 'bin', 'python');
  if (existsSync(python) || process.env.IBEX_KERAS_SETUP !== '1') return existsSync(python) ? python : undefined;
  const steps = [['python3', '-m', 'venv', home], [python, '-m', 'pip', 'install', '--quiet', 'keras==3.15.1', 'tensorflow-cpu==2.21.0']];
  return steps.every(([command, ...rest]) => spawnSync(command!, rest, { stdio: 'inherit' }).status === 0) ? python : undefined;
}

/** Runs a program; its last line of output is JSON. */
export function askKeras(python: string, program: string, argument: unknown): unknown {
  const { stdout, stderr, status } = spawnSync(python, ['-c', `import json, sys\ngiven = json.loads(sys.stdin.read())\n${program}`], {
    input: JSON.stringify(argument), encoding: 'utf8', env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '0', TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '' }, maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr.slice(-4000));
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as unknown;
}
