#!/usr/bin/env node
/** The command `ibex`. Each command's code is loaded when it is called. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean, ModelError } from '../core/errors.ts';
import { packageRoot } from '../runtime/native/home.ts';

export interface Command {
  /** What `ibex <command> --help` prints. */
  help: string;
  /** @returns the exit status */
  run(args: string[]): Promise<number>;
}

const commands: Record<string, { summary: string; load: () => Promise<Command> }> = {
  setup: { summary: 'set up native TensorFlow', load: async () => (await import('./setup.ts')).setup },
  doctor: { summary: 'say which engine computes here, and why not another', load: async () => (await import('./doctor.ts')).doctor },
  convert: { summary: 'write a model in another format', load: async () => (await import('./convert.ts')).convertModel },
};

const help = `ibex — Keras-style deep learning for TypeScript

Usage: npx ibex <command>

${Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`).join('\n')}
  help      this page, or \`ibex help <command>\`

  --version  ibex's version
`;

function find(name: string): Promise<Command> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new ModelError('ibex', `there is no command "${name}"${didYouMean(name, Object.keys(commands))} — \`npx ibex help\` lists them`);
  return command.load();
}

async function main([name = 'help', ...args]: string[]): Promise<number> {
  if (name === '--version' || name === '-v') {
    const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
    console.log(version);
    return 0;
  }
  const isHelp = name === 'help' || name === '--help' || name === '-h';
  if (isHelp && args[0] === undefined) {
    console.log(help);
    return 0;
  }
  const command = await find(isHelp ? args[0]! : name);
  if (isHelp || args.includes('--help') || args.includes('-h')) {
    console.log(command.help);
    return 0;
  }
  return command.run(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // What ibex itself or the system (a full disk, a folder that may not be written) refuses is said in a sentence; a stack would only hide it.
  if (error instanceof ModelError) console.error(error.message);
  else if ((error as NodeJS.ErrnoException).syscall) console.error(`ibex: ${(error as Error).message}`);
  else console.error(error);
  process.exitCode = 1;
}
