import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ibex } from './program.ts';

test('ibex --version', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  expect(await ibex(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([[[]], [['help']], [['--help']]])('ibex %j lists the commands', async (args) => {
  const { status, stdout } = await ibex(args);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^ {2}setup {5}set up native TensorFlow$/m);
  expect(stdout).toMatch(/^ {2}doctor {4}say which engine computes here/m);
  expect(stdout).toMatch(/^ {2}convert {3}write a model in another format$/m);
});

test.each([[['help', 'setup']], [['setup', '--help']]])('ibex %j explains a command, and does nothing', async (args) => {
  const { status, stdout } = await ibex(args, { IBEX_HOME: '/nowhere' });
  expect([status, stdout.split('\n')[0]]).toEqual([0, 'Usage: npx ibex setup native [--gpu] [--from <python>] | --remove']);
});

test('an unknown command', async () => {
  expect(await ibex(['docter'])).toEqual({ status: 1, stdout: '', stderr: 'ibex: there is no command "docter" — did you mean "doctor"? — `npx ibex help` lists them\n' });
  expect((await ibex(['toString'])).stderr).toBe('ibex: there is no command "toString" — known: setup, doctor, convert — `npx ibex help` lists them\n');
});
