/**
 * A Python with Keras, TensorFlow and scipy (which Keras's spectrograms need), for tests that ask real Keras: named by IBEX_KERAS_PYTHON, or in the folder
 * `keras` of ibex's cache. `test/setUp.ts` sets it up there, once before all tests.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ibexHome } from '../../src/runtime/native/home.ts';
import { hasReference } from './reference.ts';

const home = join(ibexHome(), 'keras');
const installed = join(home, 'bin', 'python');
const modules = ['keras', 'tensorflow', 'scipy'];

const isComplete = (): boolean =>
  existsSync(installed) && spawnSync(installed, ['-c', `import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ${JSON.stringify(modules)})))`]).status === 0;

/** Sets it up where the cases made by Keras are (on CI and with us) and Python is; IBEX_KERAS_SETUP=0 leaves that out. */
export function setUpKeras(): void {
  if (process.env.IBEX_KERAS_PYTHON || !hasReference || process.env.IBEX_KERAS_SETUP === '0' || isComplete()) return;
  if (spawnSync('python3', ['-c', 'import venv, ensurepip']).status !== 0) return;
  console.warn(`Keras is installed into ${home}, to test files with; this takes a minute or two, once …`);
  const steps = [['python3', '-m', 'venv', home], [installed, '-m', 'pip', 'install', '--quiet', 'keras==3.15.1', 'tensorflow-cpu==2.21.0', 'scipy']];
  steps.every(([command, ...rest]) => spawnSync(command!, rest, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0);
}

export const kerasPython: string | undefined = process.env.IBEX_KERAS_PYTHON || (isComplete() ? installed : undefined);
/** Why there is none, in brackets behind the name of a test that is skipped then; nothing if there is one. */
export const withoutKeras = kerasPython ? '' : ' (skipped: no Python with Keras here; set IBEX_KERAS_PYTHON)';
if (!kerasPython) console.warn(`Tests that ask real Keras are${withoutKeras}`);

/** Runs a program; its last line of output is JSON. */
export function askKeras(program: string, argument: unknown): unknown {
  const { stdout, stderr, status } = spawnSync(kerasPython!, ['-c', `import json, sys\ngiven = json.loads(sys.stdin.read())\n${program}`], {
    input: JSON.stringify(argument), encoding: 'utf8', env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '0', TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '' }, maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr.slice(-4000));
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as unknown;
}
