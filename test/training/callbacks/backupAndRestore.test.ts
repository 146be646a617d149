import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { callbacks, input, sequential, setBackend, type Callback } from 'ibexjs';
import { dense } from 'ibexjs/layers';
import { adam, sgd } from 'ibexjs/optimizers';
import { problemOf } from '../../helpers/problem.ts';
import { spawn } from 'node:child_process';

const x = Array.from({ length: 50 }, (_, i) => [Math.sin(i), Math.cos(i)]);
const y = x.map(([a, b]) => [a! - 2 * b!]);
const build = ({ seed = 5, optimizer = adam({ learningRate: 0.05, useEma: true, gradientAccumulationSteps: 2 }), jit = 'auto' as const as boolean | 'auto' } = {}) =>
  sequential([input({ shape: [2] }), dense({ units: 4, activation: 'tanh' }), dense({ units: 1 })], { name: 'net', seed })
    .compile({ optimizer, loss: 'meanSquaredError', metrics: ['meanAbsoluteError'], jit });
/** What a power failure is to a process that a test cannot do without. */
const failAt = (epoch: number, batch: number): Callback => {
  let now = 0;
  return { onEpochBegin: (n) => void (now = n), sparse: true, onBatchEnd: (n) => {
    if (now === epoch && n >= batch) throw new Error('power failure');
  } };
};

let dir: string;
let warnings: string[];
beforeAll(() => setBackend('wasm'));
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ibex-backup-'));
  warnings = [];
  vi.spyOn(console, 'warn').mockImplementation((line: string) => void warnings.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true, force: true });
});

describe.each([false, 'auto'] as const)('training that goes on, jit %s', (jit) => {
  it.each([['epoch', 3, 2], [1, 2, 3], [2, 4, 0]] as const)('with a snapshot every %s, ends as if it had not been interrupted', async (every, epoch, batch) => {
    const options = { epochs: 6, batchSize: 8, verbose: 0, validationSplit: 0.2 } as const;
    const calm = build({ jit });
    const expected = await calm.fit(x, y, options);
    const backup = () => callbacks.backupAndRestore({ dir, every, onError: 'throw' });
    await expect(build({ jit }).fit(x, y, { ...options, callbacks: [backup(), failAt(epoch, batch)] })).rejects.toThrow('power failure');
    expect(readdirSync(dir)).toEqual(['training.snapshot']);
    const begun: number[] = [];
    const net = build({ jit });
    const got = await net.fit(x, y, { ...options, callbacks: [backup(), { onEpochBegin: (n) => void begun.push(n) }] });
    expect(net.readWeights()).toEqual(calm.readWeights());
    expect(got).toEqual(expected);
    expect(begun[0]).toBeGreaterThan(0);
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each(['epoch', 2] as const)('takes up what other callbacks knew, wherever it stands in the list, every %s', async (every) => {
    const options = { epochs: 30, batchSize: 8, verbose: 0 } as const;
    const make = () => build({ jit, optimizer: sgd({ learningRate: 0.2 }) as never });
    const others = () => [
      callbacks.reduceLROnPlateau({ monitor: 'loss', patience: 1, minDelta: 0.05, factor: 0.5, cooldown: 1 }),
      callbacks.earlyStopping({ monitor: 'loss', patience: 4, minDelta: 0.01, restoreBestWeights: true }),
      callbacks.learningRateScheduler((_, rate) => rate * 0.97),
    ];
    const calm = make();
    const expected = await calm.fit(x, y, { ...options, callbacks: others() });
    expect(expected.epoch.length).toBeLessThan(30);
    for (const [epoch, batch] of [[2, 6], [expected.epoch.length - 2, 3]] as const) {
      await expect(make().fit(x, y, { ...options, callbacks: [callbacks.backupAndRestore({ dir, every }), ...others(), failAt(epoch, batch)] })).rejects.toThrow('power failure');
      const net = make();
      expect(await net.fit(x, y, { ...options, callbacks: [callbacks.backupAndRestore({ dir, every }), ...others()] })).toEqual(expected);
      expect(net.readWeights()).toEqual(calm.readWeights());
    }
  });
});

describe('iterables of batches', () => {
  const batches = Array.from({ length: 5 }, (_, i) => [x.slice(10 * i, 10 * i + 10), y.slice(10 * i, 10 * i + 10)] as const);
  const again = { *[Symbol.iterator]() { yield* batches; } };
  const endless = { *[Symbol.iterator]() { for (let i = 0; ; i++) yield batches[(i * i) % 5]!; } };
  it.each([['that begin anew', again, undefined], ['that go on', endless, 4]] as const)('%s are passed over up to where training was', async (_, stream, stepsPerEpoch) => {
    const options = { epochs: 4, verbose: 0, ...(stepsPerEpoch && { stepsPerEpoch }) } as const;
    const calm = build();
    const expected = await calm.fit(stream as never, undefined, options);
    for (const batch of [1, 3]) {
      await expect(build().fit(stream as never, undefined, { ...options, callbacks: [callbacks.backupAndRestore({ dir, every: 1 }), failAt(2, batch)] })).rejects.toThrow('power failure');
      const net = build();
      expect(await net.fit(stream as never, undefined, { ...options, callbacks: callbacks.backupAndRestore({ dir, every: 1 }) })).toEqual(expected);
      expect(net.readWeights()).toEqual(calm.readWeights());
    }
  });
});

describe('the folder', () => {
  const options = { epochs: 3, batchSize: 10, verbose: 0 } as const;
  const file = () => join(dir, 'training.snapshot');

  it('is one training\'s at a time', async () => {
    let second = '';
    await build().fit(x, y, { ...options, callbacks: [callbacks.backupAndRestore({ dir }), {
      onEpochBegin: async () => void (second = await problemOf(() => build().fit(x, y, { ...options, callbacks: callbacks.backupAndRestore({ dir }) }))),
    }] });
    expect(second).toBe(`backupAndRestore: another training of this process keeps its snapshot in ${dir}; wait for its end, or choose another folder`);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is refused while another process has it, and taken over once that has ended', async () => {
    // Under Linux a process is known by its start as well; any that runs will do.
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const stat = existsSync(`/proc/${other.pid}/stat`) ? readFileSync(`/proc/${other.pid}/stat`, 'utf8') : undefined;
    const started = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
    const lock = JSON.stringify({ pid: other.pid, started });
    writeFileSync(join(dir, '.lock'), lock);
    const fit = () => build().fit(x, y, { ...options, callbacks: callbacks.backupAndRestore({ dir }) });
    expect(await problemOf(fit)).toBe(`backupAndRestore: process ${other.pid} keeps its snapshot in ${dir}; wait for its end, or choose another folder`);
    expect(readFileSync(join(dir, '.lock'), 'utf8')).toBe(lock);
    other.kill('SIGKILL');
    await new Promise((resolve) => other.on('exit', resolve));
    await fit();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('of a process whose number another has by now is taken over, and so is a broken lock', async () => {
    for (const lock of [JSON.stringify({ pid: process.pid, started: '1' }), '', '{"pid":"x"}']) {
      writeFileSync(join(dir, '.lock'), lock);
      await build().fit(x, y, { ...options, callbacks: callbacks.backupAndRestore({ dir, onError: 'throw' }) });
      expect(readdirSync(dir)).toEqual([]);
    }
  });

  it('is made, and cleared of what an interrupted write left', async () => {
    const inner = join(dir, 'a', 'b');
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, '.01234567-89ab-cdef-0123-456789abcdef.tmp'), 'half');
    writeFileSync(join(inner, 'mine.txt'), 'kept');
    await build().fit(x, y, { ...options, callbacks: callbacks.backupAndRestore({ dir: inner }) });
    expect(readdirSync(inner)).toEqual(['mine.txt']);
    await build().fit(x, y, { ...options, callbacks: callbacks.backupAndRestore({ dir: join(dir, 'c', 'd') }) });
    expect(readdirSync(join(dir, 'c', 'd'))).toEqual([]);
  });

  it('that cannot be written to is told of once, and training goes on; or it ends, if asked to', async () => {
    writeFileSync(join(dir, 'file'), '');
    const bad = join(dir, 'file', 'sub');
    const { epoch } = await build().fit(x, y, { ...options, callbacks: callbacks.backupAndRestore({ dir: bad }) });
    expect(epoch).toEqual([0, 1, 2]);
    expect(warnings).toEqual([
      `ibex: backupAndRestore: cannot lock ${bad}: a part of the path is a file, not a folder: correct the path; training goes on without a lock.`,
      `ibex: backupAndRestore: cannot write ${bad}/training.snapshot: a part of the path is a file, not a folder: correct the path; training goes on, with the snapshot before it.`,
    ]);
    expect(await problemOf(() => build().fit(x, y, { ...options, callbacks: callbacks.backupAndRestore({ dir: bad, onError: 'throw' }) }))).toMatch(/^backupAndRestore: cannot lock/);
  });

  it('on a full disk keeps the snapshot before', async () => {
    const { open } = await import('node:fs/promises');
    const handle = await open(join(dir, 'probe'), 'w');
    const everyHandle = Object.getPrototypeOf(handle) as { sync(): Promise<void> };
    await handle.close();
    let left = 1;
    const { sync } = everyHandle;
    vi.spyOn(everyHandle, 'sync').mockImplementation(function (this: typeof handle) {
      return left-- > 0 ? sync.call(this) : Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    });
    let first: Buffer | undefined;
    let last: Buffer | undefined;
    await build().fit(x, y, { ...options, epochs: 4, callbacks: [callbacks.backupAndRestore({ dir }), { onEpochBegin: (epoch) => {
      if (epoch === 1) first = readFileSync(file());
      if (epoch === 3) last = readFileSync(file());
    } }] });
    expect(last).toEqual(first);
    expect(warnings).toEqual([`ibex: backupAndRestore: cannot write ${file()}: the disk is full: make room or choose another disk; training goes on, with the snapshot before it.`]);
  });
});

describe('a snapshot that does not fit', () => {
  const options = { epochs: 3, batchSize: 10, verbose: 0 } as const;
  beforeEach(async () => {
    await build().fit(x, y, { ...options, callbacks: [callbacks.backupAndRestore({ dir }), failAt(1, 2)] }).catch(() => {});
  });
  const fit = (net = build(), more = {}) => problemOf(() => net.fit(x, y, { ...options, callbacks: callbacks.backupAndRestore({ dir }), ...more }));
  const words = (what: string, were: string, are: string) => `fit: the snapshot is of another training: its ${what} were ${were}, here they are ${are}; go on as it was begun, with a folder for each fit, or remove the snapshot to begin anew`;

  it('is refused, and stays', async () => {
    const before = readFileSync(join(dir, 'training.snapshot'));
    expect(await fit(build({ seed: 6 }))).toBe(words('seed', '5', '6'));
    expect(await fit(build(), { batchSize: 5 })).toBe(words('examples and batch size', '50 and 10', '50 and 5'));
    expect(await fit(build(), { callbacks: [callbacks.backupAndRestore({ dir }), callbacks.earlyStopping({ monitor: 'loss' })] }))
      .toBe(words('callbacks with a memory', 'history', 'history, earlyStopping'));
    const trained = build();
    await trained.fit(x, y, options);
    expect(await fit(trained)).toBe(words('batches before its start', '0', '15'));
    expect(readFileSync(join(dir, 'training.snapshot'))).toEqual(before);
    expect(readdirSync(dir)).toEqual(['training.snapshot']);
  });

  it('is refused when it is damaged or something else', async () => {
    const path = join(dir, 'training.snapshot');
    const bytes = readFileSync(path);
    const flipped = Buffer.from(bytes);
    flipped[Math.floor(bytes.length / 2)]! ^= 1;
    for (const content of [bytes.subarray(0, bytes.length - 5), flipped, Buffer.from('hello'), Buffer.alloc(0)]) {
      writeFileSync(path, content);
      expect(await fit()).toContain(path);
    }
  });
});

describe('its options', () => {
  it('are checked', async () => {
    expect(await problemOf(() => callbacks.backupAndRestore({ dir: 'x', every: 0 }))).toMatch(/^backupAndRestore: /);
    expect(await problemOf(() => callbacks.backupAndRestore({ path: 'x' } as never))).toMatch(/^backupAndRestore: /);
  });
});
