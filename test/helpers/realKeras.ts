/** Real Keras as a process that answers one question after the other. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { kerasPython, withoutKeras } from './kerasPython.ts';
import { absent, fileOf, hasReference } from './reference.ts';

/** Why it cannot be asked, if it cannot. */
export const noKeras = !hasReference ? ` (skipped: ${absent})` : withoutKeras;

/** The checker's arguments, or a file that is only loaded; `back`: where Keras saves again what it has loaded. */
export type Question = ({ readonly args: readonly string[] } | { readonly file: string }) & { readonly back?: string };

export interface Keras {
  /** Keras's verdict: PASS or FAIL, and why. Questions are answered in turn, while others are thought of. */
  ask(question: Question): Promise<string>;
  end(): void;
}

export function startKeras(): Keras {
  const script = fileURLToPath(new URL('../reference/checkWithKeras.py', import.meta.url));
  const child = spawn(kerasPython!, [script, fileOf('', 'verify_keras_file.py').replace('//', '/')], { env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '0' } });
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
