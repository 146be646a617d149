/**
 * Real Keras, in a Python of its own: named by IBEX_KERAS_PYTHON, or in the folder `keras` of ibex's cache, where it is set up
 * if Python is there (IBEX_KERAS_SETUP=0 leaves that out).
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ibexHome } from '../../src/runtime/native/home.ts';
import { absent, fileOf, hasReference } from './reference.ts';

const home = join(ibexHome(), 'keras');

function findPython(): string | undefined {
  const own = process.env.IBEX_KERAS_PYTHON;
  if (own) return own;
  const python = join(home, 'bin', 'python');
  const works = () => spawnSync(python, ['-c', 'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ["keras", "tensorflow", "scipy"])))']).status === 0;
  if (existsSync(python) && works()) return python;
  if (process.env.IBEX_KERAS_SETUP === '0' || spawnSync('python3', ['-c', 'import venv, ensurepip']).status !== 0) return undefined;
  console.warn(`Keras is installed into ${home}, to test files with; this takes a minute or two, once …`);
  const steps = [['python3', '-m', 'venv', home], [python, '-m', 'pip', 'install', '--quiet', 'keras==3.15.1', 'tensorflow-cpu==2.21.0', 'scipy']];
  return steps.every(([command, ...rest]) => spawnSync(command!, rest, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0) ? python : undefined;
}

const python = hasReference ? findPython() : undefined;
/** Why there is none, if there is none. */
export const noKeras = python ? undefined : hasReference ? 'no Python with Keras here, and none could be set up; set IBEX_KERAS_PYTHON' : absent;
if (noKeras) console.warn(`skipped: ${noKeras}`);

/** The checker's arguments, or a file that is only loaded; `back`: where Keras saves again what it has loaded. */
export type Question = ({ readonly args: readonly string[] } | { readonly file: string }) & { readonly back?: string };

export interface Keras {
  /** Keras's verdict: PASS or FAIL, and why. Questions are answered in turn, while others are thought of. */
  ask(question: Question): Promise<string>;
  end(): void;
}

export function startKeras(): Keras {
  const script = fileURLToPath(new URL('../reference/checkWithKeras.py', import.meta.url));
  const child = spawn(python!, [script, fileOf('', 'verify_keras_file.py').replace('//', '/')], { env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '0' } });
  const waiting: ((verdict: string) => void)[] = [];
  let errors = '';
  child.stderr.on('data', (text) => (errors = (errors + text).slice(-4000)));
  createInterface(child.stdout).on('line', (line) => {
    if (/^(PASS|FAIL)/.test(line)) waiting.shift()?.(line);
  });
  child.on('close', () => waiting.splice(0).forEach((answer) => answer(`FAIL: Python has ended: ${errors}`)));
  return {
    ask: (question) => new Promise((answer) => {
      waiting.push(answer);
      child.stdin.write(`${JSON.stringify(question)}\n`);
    }),
    end: () => void child.stdin.end(),
  };
}
