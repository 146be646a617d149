import { afterEach, expect, it, vi } from 'vitest';
import { callbacks, input, sequential, type Callback } from 'ibexjs';
import { dense } from 'ibexjs/layers';
import { standardOutput } from '../../src/training/callbacks/progress.ts';

afterEach(() => void vi.restoreAllMocks());

/** Drives the callback through epochs of four batches that take a second each. */
async function written(output: { readonly live: boolean; readonly columns?: number }, { steps = 4 as number | 'unknown', seconds = 1, logs = { loss: 0.123456, accuracy: 0.5 } } = {}) {
  const texts: string[] = [];
  let clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  const progress: Callback = callbacks.progress({ ...output, write: (text) => void texts.push(text) });
  const training = { epochs: 10, steps: steps === 'unknown' ? undefined : steps } as never;
  await progress.onTrainBegin?.(training);
  for (const epoch of [0, 1]) {
    await progress.onEpochBegin?.(epoch, training);
    for (let batch = 0; batch < 4; batch++) {
      clock += 1000 * seconds;
      await progress.onBatchEnd?.(batch, logs, training);
    }
    await progress.onEpochEnd?.(epoch, logs, training);
  }
  return texts;
}

it('a log gets one line for each epoch', async () => {
  expect(await written({ live: false })).toEqual([
    'Epoch  1/10 - 4.0s - 1000ms/step - loss: 0.1235 - accuracy: 0.5000\n',
    'Epoch  2/10 - 4.0s - 1000ms/step - loss: 0.1235 - accuracy: 0.5000\n',
  ]);
});

it('a terminal gets a bar that moves, and is left with one line for each epoch', async () => {
  const texts = await written({ live: true });
  expect(texts.slice(0, 5)).toEqual([
    '\r\x1b[KEpoch  1/10 ━━━━━━────────────────── - 3.0s left - loss: 0.1235 - accuracy: 0.5000',
    '\r\x1b[KEpoch  1/10 ━━━━━━━━━━━━──────────── - 2.0s left - loss: 0.1235 - accuracy: 0.5000',
    '\r\x1b[KEpoch  1/10 ━━━━━━━━━━━━━━━━━━────── - 1.0s left - loss: 0.1235 - accuracy: 0.5000',
    '\r\x1b[KEpoch  1/10 ━━━━━━━━━━━━━━━━━━━━━━━━ - 0ms left - loss: 0.1235 - accuracy: 0.5000',
    '\r\x1b[KEpoch  1/10 ━━━━━━━━━━━━━━━━━━━━━━━━ - 4.0s - 1000ms/step - loss: 0.1235 - accuracy: 0.5000\n',
  ]);
  expect(texts).toHaveLength(10);
});

it('a terminal is not written to more than ten times a second', async () => {
  expect(await written({ live: true }, { seconds: 0.03 })).toHaveLength(4);
});

it('a moving line is cut where the terminal ends', async () => {
  const [first] = await written({ live: true, columns: 40 });
  expect(first).toBe('\r\x1b[KEpoch  1/10 ━━━━━━────────────────── - ');
});

it('a stream of unknown length counts its batches', async () => {
  const [first] = await written({ live: true }, { steps: 'unknown' });
  expect(first).toBe('\r\x1b[KEpoch  1/10 batch 1 - loss: 0.1235 - accuracy: 0.5000');
});

it.each([[0.0004, '2ms - 400µs/step'], [0.005, '20ms - 5.0ms/step'], [14.98, '59.9s - '], [15, '1m00s - '], [29.9999, '2m00s - '], [100, '6m40s - ']])('times of %f s a batch are told as "%s"', async (seconds, words) => {
  const [line] = await written({ live: false }, { seconds });
  expect(line).toContain(` - ${words}`);
});

it('small and large numbers keep their digits', async () => {
  const [line] = await written({ live: false }, { logs: { loss: 0.00001234, accuracy: 0, big: 1234567, none: NaN } as never });
  expect(line).toContain('loss: 1.234e-5 - accuracy: 0.0000 - big: 1.235e+6 - none: NaN');
});

it('fit prints it, a line for each epoch with verbose 2, and nothing with 0', async () => {
  const texts: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation(((text: string) => texts.push(text) > 0) as never);
  const wasTerminal = process.stdout.isTTY;
  process.stdout.isTTY = true;
  const net = sequential([input({ shape: [1] }), dense({ units: 1 })]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  try {
    expect(standardOutput().live).toBe(true);
    await net.fit([1, 2], [1, 2], { epochs: 2, verbose: 2 });
    expect(texts).toHaveLength(2);
    expect(texts[0]).toMatch(/^Epoch 1\/2 - \S+ - \S+step - loss: \S+\n$/);
    texts.length = 0;
    await net.fit([1, 2], [1, 2], { epochs: 2 });
    expect(texts.at(-1)).toMatch(/^\r\x1b\[KEpoch 2\/2 ━{24} - \S+ - \S+step - loss: \S+\n$/);
    texts.length = 0;
    await net.fit([1, 2], [1, 2], { epochs: 2, verbose: 0 });
    await net.fit([1, 2], [1, 2], { epochs: 2, verbose: false });
    expect(texts).toEqual([]);
  } finally {
    process.stdout.isTTY = wasTerminal;
  }
});
