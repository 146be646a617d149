import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readManifest, runtimeFolder } from '../../src/runtime/native/home.ts';
import { hasNative } from '../engines.ts';
import { built, ibex, program } from './program.ts';

let scratch: string;
let home: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ibex-setup-'));
  home = join(scratch, 'home');
});
afterEach(() => rmSync(scratch, { recursive: true }));

describe('what cannot be set up', () => {
  test.each([
    [['setup'], 'ibex setup: what to set up? — `npx ibex setup native`'],
    [['setup', 'natvie'], 'ibex setup: "natvie" cannot be set up — did you mean "native"?'],
    [['setup', 'native', 'now'], 'ibex setup: unexpected "now" — `npx ibex help setup` shows what it takes'],
    [['setup', 'native', '--gpus'], 'ibex setup: unknown option --gpus — did you mean "--gpu"?'],
    [['setup', 'native', '--remove', '--gpu'], 'ibex setup: --remove goes with no other option'],
  ])('%j', async (args, message) => {
    expect(await ibex(args, { IBEX_HOME: home })).toEqual({ status: 1, stdout: '', stderr: `${message}\n` });
  });

  test('from a Python that does not start, or has no TensorFlow', async () => {
    expect((await ibex(['setup', 'native', '--from', '/nowhere/python'], { IBEX_HOME: home })).stderr).toMatch(/--from \/nowhere\/python: no Python starts there/);
    const bare = join(scratch, 'python');
    writeFileSync(bare, `#!/bin/sh\necho '{"executable": "${bare}", "version": "3.12.1", "pip": "24.0", "tensorflow": null}'\n`);
    chmodSync(bare, 0o755);
    expect((await ibex(['setup', 'native', '--from', bare], { IBEX_HOME: home })).stderr).toMatch(/this Python has no TensorFlow — .* -m pip install tensorflow/);
  });

  test('without Python: says how to get it', async () => {
    const { status, stderr } = await ibex(['setup', 'native'], { IBEX_HOME: home, PATH: scratch, VIRTUAL_ENV: '', CONDA_PREFIX: '' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/fetched by pip, and there is no python3 — /);
  });

  test('into a folder that may not be written: says which, without a stack', async () => {
    writeFileSync(join(scratch, 'file'), '');
    const { status, stderr } = await ibex(['setup', 'native'], { IBEX_HOME: join(scratch, 'file') });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ibex: .*'.*file'\n$/);
  });
});

test('--remove says so where there is nothing', async () => {
  expect((await ibex(['setup', 'native', '--remove'], { IBEX_HOME: home })).stdout).toBe('Native TensorFlow is not set up: there is nothing to remove.\n');
  expect(existsSync(home)).toBe(false);
});

// A python3 with pip, reached by a folder in which there is nothing else: no TensorFlow of the user's, no compiler.
const { status, stdout } = spawnSync('python3', ['-c', 'import pip, sys; print(sys.executable)'], { encoding: 'utf8' });
const python = status === 0 ? stdout.trim() : undefined;
if (!python) console.warn('No python3 with pip: the download of `ibex setup native` is not tested.');

describe.runIf(python && process.platform === 'linux')('the download', () => {
  const name = process.arch === 'x64' ? 'tensorflow_cpu' : 'tensorflow';
  const machine = process.arch === 'x64' ? 'x86_64' : 'aarch64';
  const wheel = `${name}-2.21.0-cp312-cp312-manylinux_2_27_${machine}.whl`;
  let environment: NodeJS.ProcessEnv;

  /** A package index of one wheel, whose libraries are none. */
  function publish(damage: (bytes: Uint8Array) => void = () => {}): void {
    const info = `${name}-2.21.0.dist-info`;
    const bytes = zipSync({
      'tensorflow/libtensorflow_cc.so.2': [strToU8('not a library'), { level: 0 }],
      'tensorflow/libtensorflow_framework.so.2': strToU8('nor this'),
      'tensorflow/python/large.py': strToU8('unwanted'),
      [`${info}/METADATA`]: strToU8(`Metadata-Version: 2.1\nName: ${name.replace('_', '-')}\nVersion: 2.21.0\n`),
      [`${info}/WHEEL`]: strToU8(`Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp312-cp312-manylinux_2_27_${machine}\n`),
      [`${info}/RECORD`]: strToU8(''),
    });
    damage(bytes);
    mkdirSync(join(scratch, 'index'), { recursive: true });
    writeFileSync(join(scratch, 'index', wheel), bytes);
  }

  beforeEach(() => {
    const bin = join(scratch, 'bin');
    mkdirSync(bin);
    symlinkSync(python!, join(bin, 'python3'));
    environment = { IBEX_HOME: home, PATH: bin, VIRTUAL_ENV: '', CONDA_PREFIX: '', PYTHONPATH: '', PIP_NO_INDEX: '1', PIP_FIND_LINKS: join(scratch, 'index'), PIP_CONFIG_FILE: '/dev/null' };
  });

  test('fails with pip\'s words where the index has no TensorFlow', async () => {
    mkdirSync(join(scratch, 'index'));
    const { status, stderr } = await ibex(['setup', 'native'], environment);
    expect(status).toBe(1);
    expect(stderr).toMatch(/pip could not download tensorflow(-cpu)?==2\.21\.0 [^]*No matching distribution[^]*check the network and pip's index settings/);
  });

  test('puts nothing in place that does not train, says why, and is not done twice', async () => {
    publish();
    const first = await ibex(['setup', 'native'], environment);
    expect(first.status).toBe(1);
    expect(first.stdout).toMatch(/download {2}tensorflow(-cpu)?==2\.21\.0 … 1 kB, \d/);
    expect(first.stdout).toMatch(/unpack {4}2 files, 1 kB, checksums right/);
    expect(first.stderr).toMatch(/TensorFlow does not work with the addon that comes with ibex \(native TensorFlow does not load: .*libtensorflow_cc.*\), and none can be compiled here: no C\+\+ compiler/);
    expect(existsSync(runtimeFolder(home))).toBe(false);

    const second = await ibex(['setup', 'native'], environment);
    expect(second.stdout).toMatch(/download {2}tensorflow(-cpu)?==2\.21\.0 … 1 kB, kept from an earlier try/);

    expect((await ibex(['setup', 'native', '--remove'], environment)).stdout).toBe(`removed   ${join(home, 'staging')}\n`);
    expect(existsSync(home)).toBe(false);
  });

  test('that is damaged is refused, and begun anew the next time', async () => {
    publish((bytes) => (bytes[Buffer.from(bytes).indexOf('not a library')]! ^= 1));
    expect((await ibex(['setup', 'native'], environment)).stderr).toBe('unpacking: tensorflow/libtensorflow_cc.so.2 has a wrong checksum: the download is damaged\n');
    publish();
    const { stdout } = await ibex(['setup', 'native'], environment);
    expect(stdout).toMatch(/unpack {4}2 files, 1 kB, checksums right/);
    expect(stdout).not.toContain('kept from an earlier try');
  });
});

describe.runIf(hasNative && readManifest(runtimeFolder()))('the TensorFlow of a Python environment', () => {
  let fake: string;
  const tensorflow = join(runtimeFolder(), 'tensorflow');
  beforeEach(() => {
    fake = join(scratch, 'python');
    writeFileSync(fake, `#!/bin/sh\necho '{"executable": "${fake}", "version": "3.12.1", "pip": null, "tensorflow": {"folder": "${tensorflow}", "package": "tensorflow-cpu", "version": "2.21.0"}}'\n`);
    chmodSync(fake, 0o755);
  });

  test('is linked to, tried, used, and left alone by --remove', async () => {
    const { status, stdout, stderr } = await ibex(['setup', 'native', '--from', fake], { IBEX_HOME: home });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/python {4}.*python \(3\.12\.1\): its TensorFlow 2\.21\.0 is used where it is\n/);
    expect(stdout).toMatch(/check {5}a small convolutional net learns \(loss 0\.\d+ → .* with TensorFlow 2\.21\.0 on the [CG]PU/);
    expect(readdirSync(home)).toEqual(['native']);

    const start = `const { startEngine, getBackend } = await import('${built('src/runtime/choose.js')}'); await startEngine(); console.log(getBackend());`;
    expect((await program(start, { IBEX_HOME: home })).stdout).toBe('native\n');

    const again = await ibex(['setup', 'native'], { IBEX_HOME: home });
    expect(again.stdout).toMatch(/^check {5}what is set up already … a small convolutional net learns .*\nNative TensorFlow is set up\.\n$/);

    await ibex(['setup', 'native', '--remove'], { IBEX_HOME: home });
    expect(existsSync(home)).toBe(false);
    expect(existsSync(tensorflow)).toBe(true);
  });

  test('replaces one that has stopped working', async () => {
    await ibex(['setup', 'native', '--from', fake], { IBEX_HOME: home });
    writeFileSync(join(runtimeFolder(home), 'tfjs_binding.node'), 'not an addon');
    const { status, stdout } = await ibex(['setup', 'native', '--from', fake], { IBEX_HOME: home });
    expect([status, stdout.includes('Native TensorFlow is set up')]).toEqual([0, true]);
    expect(readFileSync(join(runtimeFolder(home), 'tfjs_binding.node')).length).toBeGreaterThan(1000);
  });
});

test.runIf(process.env.IBEX_TEST_NATIVE === '1')('from nothing: downloaded, set up, used, removed', { timeout: 900_000 }, async () => {
  const { status, stdout, stderr } = await ibex(['setup', 'native'], { IBEX_HOME: home, VIRTUAL_ENV: '', CONDA_PREFIX: '' });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/Native TensorFlow is set up: programs that import ibexjs use it from now on\.\n$/);
  expect((await ibex(['doctor'], { IBEX_HOME: home })).stdout).toMatch(/^engine {6}native: it is there and trains\n/);
  await ibex(['setup', 'native', '--remove'], { IBEX_HOME: home });
  expect(existsSync(home)).toBe(false);
});
