import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { manifestFile, runtimeFolder } from '../../src/runtime/native/home.ts';
import { hasNative } from '../engines.ts';
import { ibex } from './program.ts';

const home = mkdtempSync(join(tmpdir(), 'ibex-doctor-'));
afterAll(() => rmSync(home, { recursive: true }));

test('without native TensorFlow: WebAssembly, and how to get it', async () => {
  const { status, stdout, stderr } = await ibex(['doctor'], { IBEX_HOME: home });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^engine {6}wasm: native TensorFlow is not installed$/m);
  expect(stdout).toMatch(/^native {6}not installed: `npx ibex setup native` sets it up$/m);
  expect(stdout).toMatch(/^wasm {8}trains \(30 steps of a small convolutional net in \d+ ms\)\n {12}SIMD: yes; fused multiply-add: yes; threads: 1$/m);
  expect(stdout).toMatch(new RegExp(`^versions {4}ibex \\d+\\.\\d+\\.\\d+, Node ${process.versions.node}, tfjs 4\\.\\d+\\.\\d+, ${process.platform} ${process.arch}$`, 'm'));
  expect(stdout).toContain(`IBEX_HOME   ${home} (no native TensorFlow in it)\n`);
});

test('with a broken one: why it does not start', async () => {
  const folder = runtimeFolder(home);
  mkdirSync(folder, { recursive: true });
  writeFileSync(manifestFile(folder), JSON.stringify({ tensorflow: '2.21.0', package: 'tensorflow-cpu', from: 'download', gpu: false, binding: 'prebuilt' }));
  writeFileSync(join(folder, 'tfjs_binding.node'), 'not an addon');
  const { status, stdout } = await ibex(['doctor'], { IBEX_HOME: home });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^engine {6}wasm: native TensorFlow does not start$/m);
  expect(stdout).toMatch(/^native {6}does not start: native TensorFlow does not load: .*tfjs_binding\.node.*\(ibex setup native\)$/m);
  expect(stdout).toContain('(tensorflow-cpu 2.21.0, downloaded; prebuilt addon)');
  expect(stdout).toContain('set it up anew: `npx ibex setup native --remove`, then `npx ibex setup native`');
});

test('with a broken one of tfjs-node: how to repair that one', async () => {
  const lib = join(home, 'project/node_modules/@tensorflow/tfjs-node/lib/napi-v8');
  mkdirSync(lib, { recursive: true });
  writeFileSync(join(lib, '../../package.json'), '{"name": "@tensorflow/tfjs-node"}');
  writeFileSync(join(lib, 'tfjs_binding.node'), 'not an addon');
  const { stdout } = await ibex(['doctor'], { IBEX_HOME: join(home, 'nothing') }, join(home, 'project'));
  expect(stdout).toMatch(/^native {6}does not start: native TensorFlow does not load: .*\(@tensorflow\/tfjs-node\)$/m);
  expect(stdout).toContain('set it up anew: `npm rebuild @tensorflow/tfjs-node`, or `npx ibex setup native` for another one');
});

test('an engine that IBEX_BACKEND names', async () => {
  expect((await ibex(['doctor'], { IBEX_HOME: home, IBEX_BACKEND: 'wasm' })).stdout).toMatch(/^engine {6}wasm, because IBEX_BACKEND names it$/m);
});

test.runIf(hasNative)('with native TensorFlow: what it can do', async () => {
  const { status, stdout } = await ibex(['doctor']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^engine {6}native: it is there and trains\nnative {6}trains \(30 steps of a small convolutional net in \d+ ms\)$/m);
  expect(stdout).toMatch(/^ {12}TensorFlow 2\.\d+\.\d+, on the [CG]PU$/m);
  expect(stdout).toMatch(/^ {12}oneDNN: (yes|no); XLA: (yes|no); threads: \d+$/m);
});
