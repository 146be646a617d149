/** Runs what `npm test` has built, as a user would: in a process of its own. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const dist = new URL('../../dist/', import.meta.url);
if (!existsSync(new URL('.built', dist))) throw new Error('These tests run the built program: `npm test`, or `npm run build` first.');

/** The address of a built module, for an import in a program. */
export const built = (path: string): string => new URL(path, dist).href;

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

function run(args: string[], env: NodeJS.ProcessEnv, cwd?: string): Promise<Ended> {
  // Vitest marks its processes as tests, which a user's are not.
  const { IBEX_BACKEND: _, VITEST: __, NODE_ENV: ___, ...inherited } = process.env;
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { env: { ...inherited, ...env }, ...(cwd ? { cwd } : {}), stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => (stdout += text));
    child.stderr.on('data', (text) => (stderr += text));
    child.on('close', (status) => done({ status, stdout, stderr }));
  });
}

/** Runs the command `ibex`. */
export const ibex = (args: string[], env: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Ended> => run([fileURLToPath(new URL('src/cli/ibex.js', dist)), ...args], env, cwd);

/** Runs a program given as the text of a module. */
export const program = (source: string, env: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Ended> => run(['--input-type=module', '--eval', source], env, cwd);
