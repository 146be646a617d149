import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { manifestFile, runtimeFolder } from '../../src/runtime/native/home.ts';
import { built, program } from '../cli/program.ts';
import { hasNative } from '../engines.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ibex-choose-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const nothing = join(scratch, 'nothing');
const broken = join(scratch, 'broken');
mkdirSync(runtimeFolder(broken), { recursive: true });
writeFileSync(manifestFile(runtimeFolder(broken)), '{}');
writeFileSync(join(runtimeFolder(broken), 'tfjs_binding.node'), 'not an addon');

const start = `
  const { startEngine, getBackend, setBackend } = await import('${built('src/runtime/choose.js')}');
  const { tf } = await import('${built('src/core/tensor.js')}');
  await startEngine();
`;
const name = `${start} console.log(getBackend());`;

describe('the engine that is chosen', () => {
  test('WebAssembly, without a word, where no native TensorFlow is installed', async () => {
    expect(await program(name, { IBEX_HOME: nothing }, scratch)).toEqual({ status: 0, stdout: 'wasm\n', stderr: '' });
  });

  test('WebAssembly, with one line, where native TensorFlow is broken', async () => {
    const { status, stdout, stderr } = await program(name, { IBEX_HOME: broken }, scratch);
    expect([status, stdout]).toEqual([0, 'wasm\n']);
    expect(stderr).toMatch(/^ibex: native TensorFlow does not load: .*tfjs_binding\.node.*; computing with WebAssembly instead\. `npx ibex doctor` says more\.\n$/);
  });

  test('the one that IBEX_BACKEND names; an empty one names none', async () => {
    expect(await program(`${name} tf.print(tf.add([1], [2]));`, { IBEX_HOME: nothing, IBEX_BACKEND: 'cpu' }, scratch)).toEqual({ status: 0, stdout: 'cpu\nTensor\n    [3]\n', stderr: '' });
    expect((await program(name, { IBEX_HOME: nothing, IBEX_BACKEND: '' }, scratch)).stdout).toBe('wasm\n');
  });

  test('none, if IBEX_BACKEND names one that is not installed', async () => {
    const { status, stderr } = await program(name, { IBEX_HOME: nothing, IBEX_BACKEND: 'native' }, scratch);
    expect(status).toBe(1);
    expect(stderr).toContain('ModelError: IBEX_BACKEND=native: native TensorFlow is not installed — run `npx ibex setup native`, or choose "wasm"');
  });

  test('none, if IBEX_BACKEND names one that is broken', async () => {
    const { status, stderr } = await program(name, { IBEX_HOME: broken, IBEX_BACKEND: 'native' }, scratch);
    expect(status).toBe(1);
    expect(stderr).toMatch(/ModelError: IBEX_BACKEND=native: native TensorFlow does not load: .* — `npx ibex doctor` says more; run `npx ibex setup native`/);
  });

  test('none, if IBEX_BACKEND is misspelt', async () => {
    const { status, stderr } = await program(name, { IBEX_HOME: nothing, IBEX_BACKEND: 'natvie' }, scratch);
    expect(status).toBe(1);
    expect(stderr).toContain('ModelError: IBEX_BACKEND=natvie: unknown engine "natvie" — did you mean "native"?');
  });

  test('another one after setBackend, which takes the tensors along', async () => {
    const { stdout } = await program(
      `${start} const x = tf.tensor([1, 2]); await setBackend('cpu'); const y = tf.mul(x, 3); await setBackend('wasm'); console.log(getBackend(), [...tf.add(y, 1).dataSync()].join());`,
      { IBEX_HOME: nothing }, scratch,
    );
    expect(stdout).toBe('wasm 4,7\n');
  });

  test('setBackend refuses what is not there', async () => {
    const { stdout } = await program(
      `${start} for (const engine of ['native', 'webgl']) await setBackend(engine).catch((error) => console.log(error.message)); console.log(getBackend());`,
      { IBEX_HOME: nothing }, scratch,
    );
    expect(stdout.split('\n')).toEqual([
      'setBackend("native"): native TensorFlow is not installed — run `npx ibex setup native`, or choose "wasm"',
      'setBackend("webgl"): unknown engine "webgl" — known: native, wasm, cpu',
      'wasm',
      '',
    ]);
  });
});

describe.runIf(hasNative)('native TensorFlow', () => {
  const train = 'const gradient = tf.grad((x) => tf.sum(tf.square(x))); console.log(getBackend(), [...gradient(tf.tensor([1, 2])).dataSync()].join());';

  test('is chosen where it is installed, and writes nothing of its own', async () => {
    expect(await program(`${start} ${train}`)).toEqual({ status: 0, stdout: 'native 2,4\n', stderr: '' });
  });

  test('is taken from a tfjs-node package whose install script has run', async () => {
    const project = join(scratch, 'project');
    const lib = join(project, 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8');
    mkdirSync(lib, { recursive: true });
    writeFileSync(join(lib, '../../package.json'), '{"name": "@tensorflow/tfjs-node-gpu"}');
    copyFileSync(join(runtimeFolder(), 'tfjs_binding.node'), join(lib, 'tfjs_binding.node'));
    symlinkSync(join(runtimeFolder(), 'tensorflow'), join(lib, 'tensorflow'), 'dir');
    expect((await program(`${start} ${train}`, { IBEX_HOME: nothing }, project)).stdout).toBe('native 2,4\n');
  });

  test('is tried in the next place where the first one is broken', async () => {
    expect((await program(`${start} ${train}`, { IBEX_HOME: broken }, join(scratch, 'project'))).stdout).toBe('native 2,4\n');
  });

  test('is left as it is where the program has loaded tfjs-node by itself', async () => {
    const { stdout } = await program(`
      import util from 'node:util';
      delete util.isNullOrUndefined;
      const { tf } = await import('${built('src/core/tensor.js')}');
      const { NodeJSKernelBackend } = await import('${built('src/runtime/native/generated/tfjsNode.js')}');
      const addon = { exports: {} };
      process.dlopen(addon, '${join(runtimeFolder(), 'tfjs_binding.node')}');
      const own = new NodeJSKernelBackend(addon.exports, '@tensorflow/tfjs-node');
      tf.registerBackend('tensorflow', () => own);
      const { startEngine, getBackend } = await import('${built('src/runtime/choose.js')}');
      await startEngine();
      ${train}
      console.log(tf.backend() === own, util.isNullOrUndefined(null), util.isArray([]));
    `, { IBEX_HOME: nothing }, scratch);
    expect(stdout).toBe('native 2,4\ntrue true true\n');
  });
});
