/** Other programs, run to their end. */
import { spawn, type StdioOptions } from 'node:child_process';

export interface Outcome {
  /** The exit status, or null if a signal ended it or it could not be started. */
  status: number | null;
  /** The signal that ended it, or the code of the error that kept it from starting. */
  stopped: string | undefined;
  stdout: string;
  stderr: string;
}

/** Runs a program; never throws. @param show - lets it write to the terminal instead of giving back what it writes */
export function run(command: string, args: readonly string[], { env, cwd, show = false }: { env?: NodeJS.ProcessEnv; cwd?: string; show?: boolean } = {}): Promise<Outcome> {
  return new Promise((done) => {
    const stdio: StdioOptions = show ? 'inherit' : ['ignore', 'pipe', 'pipe'];
    const child = spawn(command, args, { stdio, env: { ...process.env, ...env }, ...(cwd ? { cwd } : {}) });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error: NodeJS.ErrnoException) => done({ status: null, stopped: error.code ?? error.message, stdout, stderr }));
    child.on('close', (status, signal) => done({ status, stopped: signal ?? undefined, stdout, stderr }));
  });
}

/** The last lines that a program wrote, for an error message. */
export const lastLines = ({ stderr, stdout, stopped }: Outcome, lines = 6): string =>
  (stderr.trim() || stdout.trim()).split('\n').slice(-lines).join('\n') || (stopped ? `ended by ${stopped}` : 'it said nothing');
