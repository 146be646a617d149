/** Callbacks that write files: csvLogger and modelCheckpoint. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callbacks, input, loadModel, sequential, setBackend, type Callback } from 'ibexjs';
import { dense } from 'ibexjs/layers';
import { sgd } from 'ibexjs/optimizers';
import { problemOf } from '../../helpers/problem.ts';

const x = [[1], [2], [3], [4]];
const y = [[2], [4], [6], [8]];
const build = () => sequential([input({ shape: [1] }), dense({ units: 1, useBias: false })], { name: 'net', seed: 1 }).compile({ optimizer: sgd({ learningRate: 0.01 }), loss: 'meanSquaredError', metrics: ['meanAbsoluteError'] });

let dir: string;
beforeAll(() => setBackend('wasm'));
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'ibex-callbacks-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('csvLogger', () => {
  const path = () => join(dir, 'log.csv');
  const lines = () => readFileSync(path(), 'utf8').split('\n');

  it('writes a header and a line for each epoch as it ends', async () => {
    const counts: number[] = [];
    const { history } = await build().fit(x, y, { epochs: 3, verbose: 0, callbacks: [callbacks.csvLogger({ path: path() }), { onEpochEnd: () => void counts.push(lines().length) }] });
    expect(counts).toEqual([3, 4, 5]);
    expect(lines()).toEqual(['epoch,loss,meanAbsoluteError', ...[0, 1, 2].map((i) => `${i},${history.loss![i]},${history.meanAbsoluteError![i]}`), '']);
  });

  it('says NA where an epoch has no validation, and separates as it is told', async () => {
    await build().fit(x, y, { epochs: 2, verbose: 0, validationData: [x, y], validationFreq: 2, callbacks: callbacks.csvLogger({ path: path(), separator: ';' }) });
    expect(lines()[0]).toBe('epoch;loss;meanAbsoluteError;val_loss;val_meanAbsoluteError');
    expect(lines()[1]).toMatch(/^0;[\d.]+;[\d.]+;NA;NA$/);
    expect(lines()[2]).toMatch(/^1;[\d.]+;[\d.]+;[\d.]+;[\d.]+$/);
  });

  it('replaces an old file, or goes on after it', async () => {
    writeFileSync(path(), 'something much longer than what is written now, '.repeat(20));
    const net = build();
    await net.fit(x, y, { epochs: 1, verbose: 0, callbacks: callbacks.csvLogger({ path: path() }) });
    expect(lines()).toHaveLength(3);
    // A line that was cut off.
    appendFileSync(path(), '1,0.');
    await net.fit(x, y, { epochs: 3, initialEpoch: 1, verbose: 0, callbacks: callbacks.csvLogger({ path: path(), append: true }) });
    expect(lines().map((line) => line.split(',')[0])).toEqual(['epoch', '0', '1', '2', '']);
    expect(await problemOf(() => net.fit(x, y, { verbose: 0, validationData: [x, y], callbacks: callbacks.csvLogger({ path: path(), append: true }) })))
      .toBe(`csvLogger: ${path()}: has the columns epoch,loss,meanAbsoluteError, but this training has epoch,loss,meanAbsoluteError,val_loss,val_meanAbsoluteError; choose another file, or leave append out`);
    expect(lines()).toHaveLength(5);
  });

  it('with append begins a file that is not there, or is empty', async () => {
    for (const prepare of [() => {}, () => writeFileSync(path(), '')]) {
      prepare();
      await build().fit(x, y, { verbose: 0, callbacks: callbacks.csvLogger({ path: path(), append: true }) });
      expect(lines()).toHaveLength(3);
      rmSync(path());
    }
  });

  it('writes each epoch once when training is taken up again', async () => {
    const options = { epochs: 4, verbose: 0 } as const;
    const others = () => [callbacks.backupAndRestore({ dir: join(dir, 'backup') }), callbacks.csvLogger({ path: path() })];
    await build().fit(x, y, { ...options, callbacks: others() });
    const expected = readFileSync(path(), 'utf8');
    // The snapshot comes after the line: the line of epoch 2 is there already.
    const fail: Callback = { onEpochEnd: (epoch) => { if (epoch === 2) throw new Error('power failure'); } };
    await build().fit(x, y, { ...options, callbacks: [...others(), fail] }).catch(() => {});
    expect(lines()).toHaveLength(5);
    await build().fit(x, y, { ...options, callbacks: others() });
    expect(readFileSync(path(), 'utf8')).toBe(expected);
  });

  it('says where it cannot write', async () => {
    const [file, epochs] = [join(dir, 'file'), [] as number[]];
    writeFileSync(file, '');
    const seen: Callback = { onEpochEnd: (epoch) => void epochs.push(epoch) };
    const nowhere = join(file, 'log.csv');
    expect(await problemOf(() => build().fit(x, y, { verbose: 0, callbacks: [seen, callbacks.csvLogger({ path: nowhere })] }))).toMatch(/^csvLogger: .*cannot make the folder .*file: a file has that name/);
    expect(epochs).toEqual([]);
  });
});

describe('modelCheckpoint', () => {
  /** Validation losses that follow from weights that are set: (w - 2)² · 7.5. */
  const steer = (weights: readonly number[]): Callback => ({ onTestBegin: ({ model }) => model.setWeights([{ data: Float32Array.of(weights[next++ % weights.length]!), shape: [1, 1] }]) });
  let next = 0;
  beforeEach(() => void (next = 0));
  const fit = (weights: readonly number[], options: object) => build().fit(x, y, {
    epochs: weights.length, verbose: 0, validationData: [x, y], callbacks: [steer(weights), callbacks.modelCheckpoint({ path: join(dir, 'm{epoch}.keras'), ...options })],
  });
  const files = () => readdirSync(dir).sort();

  it('keeps the last files', async () => {
    const seen: string[][] = [];
    await build().fit(x, y, { epochs: 4, verbose: 0, callbacks: [callbacks.modelCheckpoint({ path: join(dir, 'm{epoch}.keras'), keep: 2 }), { onEpochEnd: () => void seen.push(files()) }] });
    expect(seen).toEqual([['m1.keras'], ['m1.keras', 'm2.keras'], ['m2.keras', 'm3.keras'], ['m3.keras', 'm4.keras']]);
  });

  it('keeps the best files', async () => {
    // Best: epochs 2, 4 and 5; the third best is worth a file as long as nothing better comes.
    await fit([5, 2.1, 6, 1.8, 2.5, 9], { saveBestOnly: true, keep: 3 });
    expect(files()).toEqual(['m2.keras', 'm4.keras', 'm5.keras']);
    const net = await loadModel(join(dir, 'm5.keras'));
    expect(net.readWeights()[0]!.data[0]).toBeCloseTo(2.5, 6);
  });

  it('of equally good ones keeps the earlier', async () => {
    await fit([3, 3, 3, 4], { saveBestOnly: true, keep: 2 });
    expect(files()).toEqual(['m1.keras', 'm2.keras']);
  });

  it('of the best alone keeps one, and all that were once best without keep', async () => {
    await fit([5, 4, 6, 3], { saveBestOnly: true, keep: 1 });
    expect(files()).toEqual(['m4.keras']);
    rmSync(join(dir, 'm4.keras'));
    await fit([5, 4, 6, 3], { saveBestOnly: true });
    expect(files()).toEqual(['m1.keras', 'm2.keras', 'm4.keras']);
  });

  it('removes nothing when a new file cannot be written', async () => {
    const make = (epoch: number) => (epoch === 1 ? join(dir, 'none', 'm.keras') : '');
    const failing = callbacks.modelCheckpoint({ path: join(dir, 'm{epoch}.keras'), keep: 1 });
    const net = build();
    await problemOf(() => net.fit(x, y, { epochs: 2, verbose: 0, callbacks: {
      ...failing, onEpochEnd: (epoch, logs, training) => failing.onEpochEnd!(epoch, logs, { ...training, model: { ...training.model, save: (path: string) => net.save(make(epoch) || path) } } as never),
    } }));
    expect(files()).toEqual(['m1.keras']);
  });

  it('makes the folders that it saves into', async () => {
    await build().fit(x, y, { epochs: 2, verbose: 0, callbacks: callbacks.modelCheckpoint({ path: join(dir, 'a', 'epoch{epoch}', 'm.keras') }) });
    expect(readdirSync(join(dir, 'a')).sort()).toEqual(['epoch1', 'epoch2']);
    await loadModel(join(dir, 'a', 'epoch2', 'm.keras'));
  });

  it('says before training that it cannot save there', async () => {
    writeFileSync(join(dir, 'file'), '');
    const net = build();
    const before = net.readWeights();
    expect(await problemOf(() => net.fit(x, y, { verbose: 0, callbacks: callbacks.modelCheckpoint({ path: join(dir, 'file', 'm.keras') }) }))).toMatch(/^modelCheckpoint: cannot make the folder .*file: a file has that name/);
    expect(net.readWeights()).toEqual(before);
  });

  it('says that several files need several names', async () => {
    expect(await problemOf(() => callbacks.modelCheckpoint({ path: 'best.keras', keep: 2 }))).toBe('modelCheckpoint: keeps 2 files, but its path names one; put {epoch} into it');
  });
});
