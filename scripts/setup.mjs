// The first step of `npm start` and `npm test`: installs and builds what is missing or out of date. Plain Node, no dependency.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`ibex needs Node 20.19 or newer; this is ${process.version}. See https://nodejs.org.`);
  process.exit(1);
}

const run = (command, args) => {
  // npm is a .cmd on Windows, which Node starts only through a shell.
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
};

const modified = (path) => (existsSync(root + path) ? statSync(root + path).mtimeMs : 0);
// npm writes this file at the end of each install.
if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
  console.log('Installing the packages that ibex builds on (npm ci) …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
const { build, isBuilt } = await import('./build.mjs');
if (!isBuilt()) {
  console.log('Building ibex …');
  await build();
}
