/** Whether an engine trains, tried out in a process of its own. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Backend } from '../../choose.ts';
import { packageRoot } from '../home.ts';
import type { Report } from './check.ts';
import { lastLines, run, type Outcome } from './processes.ts';

export type Trial = { report: Report; stderr: string } | { problem: string };

const signals: Record<string, string> = {
  SIGILL: 'the processor lacks instructions that this TensorFlow uses (AVX)',
  SIGKILL: 'the process was killed, perhaps for want of memory',
};

/** What the process said of its failure: the message of the error that it did not catch. */
function problemOf(outcome: Outcome): string {
  const message = outcome.stderr.match(/^(?:\w*Error): (.*)$/m)?.[1];
  return (outcome.stopped && signals[outcome.stopped]) ?? message ?? lastLines(outcome);
}

/** @param home - stands in for `IBEX_HOME` */
export async function tryEngine(engine: Backend, { home, env = {} }: { home?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Trial> {
  // The build puts modules together; this one is a program of its own, at its own place.
  const program = import.meta.url.endsWith('.ts') ? fileURLToPath(new URL('check.ts', import.meta.url)) : join(packageRoot(), 'dist/src/runtime/native/setup/check.js');
  const outcome = await run(process.execPath, [program], { env: { IBEX_BACKEND: engine, ...(home ? { IBEX_HOME: home } : {}), ...env } });
  if (outcome.status !== 0) return { problem: problemOf(outcome) };
  return { report: JSON.parse(outcome.stdout.trim().split('\n').at(-1)!) as Report, stderr: outcome.stderr };
}
