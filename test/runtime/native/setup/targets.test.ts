import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { unfit, withPip, type Python } from '../../../../src/runtime/native/setup/python.ts';
import { findTarget } from '../../../../src/runtime/native/setup/targets.ts';

const original = { platform: process.platform, arch: process.arch };
const pretend = (machine: { platform: string; arch: string }) => {
  for (const [key, value] of Object.entries(machine)) Object.defineProperty(process, key, { value });
};
const pretendGlibc = (version: string | undefined) => vi.spyOn(process.report, 'getReport').mockReturnValue({ header: { glibcVersionRuntime: version } } as never);
afterEach(() => {
  pretend(original);
  vi.restoreAllMocks();
});

describe('where native TensorFlow can be set up', () => {
  test.each([
    ['linux', 'x64', 'tensorflow-cpu'],
    ['linux', 'arm64', 'tensorflow'],
    ['darwin', 'arm64', 'tensorflow'],
  ])('%s %s', (platform, arch, name) => {
    pretend({ platform, arch });
    pretendGlibc('2.36');
    expect(findTarget('setup', false)).toMatchObject({ name: `${platform}-${arch}`, package: name });
  });

  test('not on Windows: WSL', () => {
    pretend({ platform: 'win32', arch: 'x64' });
    expect(() => findTarget('setup', false)).toThrow(/^setup: Windows: .* use ibex inside WSL 2/);
  });

  test('not on a Mac with an Intel processor', () => {
    pretend({ platform: 'darwin', arch: 'x64' });
    expect(() => findTarget('setup', false)).toThrow('no current TensorFlow is published for darwin-x64 (only for linux-x64, linux-arm64, darwin-arm64)');
  });

  test('not with musl, nor with an old glibc', () => {
    pretend({ platform: 'linux', arch: 'x64' });
    pretendGlibc(undefined);
    expect(() => findTarget('setup', false)).toThrow(/musl \(Alpine\?\), and TensorFlow is published for glibc/);
    pretendGlibc('2.17');
    expect(() => findTarget('setup', false)).toThrow('TensorFlow needs glibc 2.27 or newer, and this system has 2.17');
  });

  test('for a GPU on Linux x64 only', () => {
    pretend({ platform: 'linux', arch: 'x64' });
    pretendGlibc('2.36');
    expect(findTarget('setup', true)).toMatchObject({ name: 'linux-x64', package: 'tensorflow' });
    pretend({ platform: 'linux', arch: 'arm64' });
    expect(() => findTarget('setup', true)).toThrow('--gpu: TensorFlow is published with CUDA for linux-x64 only, and this is linux-arm64');
  });
});

describe('which Python serves', () => {
  const target = { name: 'linux-x64', package: 'tensorflow-cpu', platforms: [], libraries: ['libtensorflow_cc.so.2'], download: 0, disk: 0 };
  const python = (tensorflow: Python['tensorflow'], pip: string | null = '24.0'): Python => ({ executable: '/usr/bin/python3', version: '3.12.1', pip, tensorflow });

  test('one whose TensorFlow is new enough and whole', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ibex-python-'));
    try {
      mkdirSync(join(folder, 'whole'));
      writeFileSync(join(folder, 'whole/libtensorflow_cc.so.2'), '');
      const whole = { folder: join(folder, 'whole'), package: 'tensorflow-cpu', version: '2.21.0' };
      expect(unfit(python(whole), target, false)).toBeUndefined();
      expect(unfit(python(whole), target, true)).toBe('has tensorflow-cpu, which knows no GPU');
      expect(unfit(python({ ...whole, version: '2.9.1' }), target, false)).toBe('has TensorFlow 2.9.1, and ibex needs 2.12 or newer');
      expect(unfit(python({ ...whole, folder }), target, false)).toBe('has a TensorFlow without libtensorflow_cc.so.2');
      expect(unfit(python(null), target, false)).toBe('has no TensorFlow');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('to download: one with pip', () => {
    expect(withPip('setup', [python(null, null), python(null)]).pip).toBe('24.0');
    expect(() => withPip('setup', [python(null, null)])).toThrow('/usr/bin/python3 has no pip');
    expect(() => withPip('setup', [])).toThrow(/there is no python3 — .*(apt install python3-pip|brew install python)/);
  });
});
