/** Files for TensorBoard: read here by hand, and by TensorFlow itself where there is one. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callbacks, input, optimizers, schedules, sequential, setBackend, type Callback } from 'ibexjs';
import { dense, dropout } from 'ibexjs/layers';
import { crc32c } from '../../../src/formats/crc32c.ts';
import { askKeras, kerasPython, withoutKeras } from '../../helpers/kerasPython.ts';
import { problemOf } from '../../helpers/problem.ts';

const x = Array.from({ length: 12 }, (_, i) => [i / 12, 1 - i / 6]);
const y = x.map(([a, b]) => [a! * 2 - b!]);
const { sgd } = optimizers;
const build = (learningRate: Parameters<typeof sgd>[0] = { learningRate: 0.1 }) =>
  sequential([input({ shape: [2] }), dense({ units: 3 }), dropout({ rate: 0.2 }), dense({ units: 1 })], { seed: 1 }).compile({ optimizer: sgd(learningRate), loss: 'meanSquaredError', metrics: ['meanAbsoluteError'] });

let dir: string;
beforeAll(() => setBackend('wasm'));
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'ibex-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const files = (run: string) => readdirSync(join(dir, run)).map((name) => join(dir, run, name));

/** Fields of a message: numbers, and bytes for what has a length. */
function* fieldsOf(bytes: Uint8Array): Generator<{ field: number; value: number | Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, kind] = [tag >> 3, tag & 7];
    if (kind === 0) yield { field, value: varint() };
    else if (kind === 1) yield { field, value: view.getFloat64((at += 8) - 8, true) };
    else if (kind === 5) yield { field, value: view.getFloat32((at += 4) - 4, true) };
    else {
      const length = varint();
      yield { field, value: bytes.subarray(at, (at += length)) };
    }
  }
}

/** Scalars of a file: `tag@step` → number. */
function scalarsIn(path: string): Record<string, number> {
  const bytes = new Uint8Array(readFileSync(path));
  const view = new DataView(bytes.buffer);
  const found: Record<string, number> = {};
  for (let at = 0; at < bytes.length;) {
    const length = Number(view.getBigUint64(at, true));
    const fields = [...fieldsOf(bytes.subarray(at + 12, at + 12 + length))];
    at += length + 16;
    const step = fields.find(({ field }) => field === 2)?.value ?? 0;
    for (const { value: summary } of fields.filter(({ field }) => field === 5)) {
      for (const { value } of fieldsOf(summary as Uint8Array)) {
        const parts = new Map([...fieldsOf(value as Uint8Array)].map((part) => [part.field, part.value]));
        if (parts.has(2)) found[`${new TextDecoder().decode(parts.get(1) as Uint8Array)}@${String(step)}`] = parts.get(2) as number;
      }
    }
  }
  return found;
}

it('has the checksum of RFC 3720', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
});

describe('tensorBoard', () => {
  it('writes each epoch’s numbers, validation’s apart', async () => {
    const { history } = await build().fit(x, y, { epochs: 2, batchSize: 4, verbose: 0, validationSplit: 0.25, callbacks: callbacks.tensorBoard({ logDir: `${dir}/` }) });
    expect(files('train')).toHaveLength(1);
    const want = (prefix: string) => Object.fromEntries([0, 1].flatMap((epoch) => ['loss', 'meanAbsoluteError'].map((name) => [`epoch_${name}@${epoch}`, Math.fround(history[`${prefix}${name}`]![epoch]!)])));
    expect(scalarsIn(files('train')[0]!)).toEqual({ ...want(''), 'epoch_learning_rate@0': Math.fround(0.1), 'epoch_learning_rate@1': Math.fround(0.1) });
    expect(scalarsIn(files('validation')[0]!)).toEqual(want('val_'));
  });

  it('writes batches, and the rate of a schedule', async () => {
    const seen: number[] = [];
    const looking: Callback = { onBatchEnd: (_, { loss }) => void seen.push(Math.fround(loss!)) };
    const rate = schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 1, decayRate: 0.5 });
    await build({ learningRate: rate }).fit(x, y, { epochs: 2, batchSize: 4, verbose: 0, callbacks: [looking, callbacks.tensorBoard({ logDir: dir, updateFreq: 2 })] });
    const scalars = scalarsIn(files('train')[0]!);
    expect(Object.keys(scalars).filter((name) => name.startsWith('batch_loss'))).toEqual(['batch_loss@1', 'batch_loss@3', 'batch_loss@5']);
    expect([1, 3, 5].map((step) => scalars[`batch_loss@${step}`])).toEqual([1, 3, 5].map((step) => seen[step]));
    // After three batches and after six.
    expect([scalars['epoch_learning_rate@0'], scalars['epoch_learning_rate@1']]).toEqual([0.1 / 8, 0.1 / 64].map(Math.fround));
  });

  it('goes on in its file when training is taken up again', async () => {
    const train = (epochs: number, ...more: Callback[]) => build().fit(x, y, { epochs, verbose: 0, callbacks: [callbacks.tensorBoard({ logDir: dir }), callbacks.backupAndRestore({ dir: join(dir, 'backup') }), ...more] });
    await expect(train(4, { onEpochBegin: (epoch) => { if (epoch === 2) throw new Error('broken off'); } })).rejects.toThrow('broken off');
    const { history } = await train(4);
    expect(files('train')).toHaveLength(1);
    const losses = Object.entries(scalarsIn(files('train')[0]!)).filter(([name]) => name.startsWith('epoch_loss'));
    expect(losses).toEqual(history.loss!.map((loss, epoch) => [`epoch_loss@${epoch}`, Math.fround(loss)]));
  });

  it('says where it cannot write', async () => {
    const file = join(dir, 'file');
    writeFileSync(file, '');
    expect(await problemOf(() => build().fit(x, y, { verbose: 0, callbacks: callbacks.tensorBoard({ logDir: file }) }))).toBe(`tensorBoard: cannot make the folder ${file}/train: a part of the path is a file, not a folder: correct the path`);
    expect(existsSync(join(dir, 'train'))).toBe(false);
  });

  it.skipIf(!kerasPython)(`is read by TensorFlow, checksums and all${withoutKeras}`, async () => {
    const net = build();
    const { history } = await net.fit(x, y, { epochs: 2, verbose: 0, callbacks: callbacks.tensorBoard({ logDir: dir, histogramFreq: 1 }) });
    const program = `
import tensorflow as tf
found = []
for event in tf.compat.v1.train.summary_iterator(given):
    found += [[event.file_version, event.wall_time]] if event.file_version else []
    for value in event.summary.value:
        histo = value.histo
        found.append([value.tag, event.step, list(histo.bucket), [histo.min, histo.max, histo.num, histo.sum, histo.sum_squares, histo.bucket_limit[-1]]] if value.HasField("histo") else [value.tag, event.step, value.simple_value])
print(json.dumps(found))`;
    const found = askKeras(program, files('train')[0]!) as unknown[][];
    expect(found[0]).toEqual(['brain.Event:2', expect.closeTo(Date.now() / 1000, -3)]);
    expect(found.filter(([tag]) => tag === 'epoch_loss').map((each) => each[2])).toEqual(history.loss!.map(Math.fround));
    const kernel = [...net.getWeights()[0]!.dataSync()];
    const [, , buckets, summary] = found.filter(([tag]) => tag === 'dense/kernel/histogram').at(-1)! as [string, number, number[], number[]];
    const sum = (of: (n: number) => number) => kernel.reduce((total, n) => total + of(n), 0);
    const close = (numbers: readonly number[]) => numbers.map((n) => expect.closeTo(n, 6));
    expect(summary).toEqual(close([Math.min(...kernel), Math.max(...kernel), 6, sum((n) => n), sum((n) => n * n), Math.max(...kernel)]));
    expect([buckets.length, buckets.reduce((a, b) => a + b)]).toEqual([30, 6]);
    expect(found.map(([tag]) => tag)).toContain('dense_1/bias/histogram');
  }, 300_000);
});
