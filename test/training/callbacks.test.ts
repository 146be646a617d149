import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { callbacks, input, sequential, setBackend, tf, type Callback, type Logs, type Training } from 'ibexjs';
import { dense } from 'ibexjs/layers';
import { adam, cosineDecay, sgd } from 'ibexjs/optimizers';
import { engines } from '../engines.ts';
import { problemOf } from '../helpers/problem.ts';

const x = Array.from({ length: 12 }, (_, i) => [i / 12]);
const y = x.map(([value]) => 2 * value!);
const build = (learningRate = 0.1) => sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: 'ones' })], { name: 'net', seed: 1 })
  .compile({ optimizer: sgd({ learningRate }), loss: 'meanSquaredError', metrics: ['meanAbsoluteError'] });
const kernelOf = (net: ReturnType<typeof build>) => net.readWeights()[0]!.data[0]!;

describe.each(engines)('hooks on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  const recorder = (log: string[], name = ''): Callback => ({
    onTrainBegin: () => void log.push(`${name}train begins`),
    onEpochBegin: (epoch) => void log.push(`${name}epoch ${epoch} begins`),
    onBatchBegin: (batch) => void log.push(`${name}batch ${batch} begins`),
    onBatchEnd: (batch) => void log.push(`${name}batch ${batch} ends`),
    onEpochEnd: (epoch) => void log.push(`${name}epoch ${epoch} ends`),
    onTrainEnd: () => void log.push(`${name}train ends`),
  });

  it('are called in order', async () => {
    const log: string[] = [];
    await build().fit(x, y, { epochs: 2, batchSize: 6, verbose: 0, callbacks: recorder(log) });
    const epoch = (n: number) => [`epoch ${n} begins`, 'batch 0 begins', 'batch 0 ends', 'batch 1 begins', 'batch 1 ends', `epoch ${n} ends`];
    expect(log).toEqual(['train begins', ...epoch(0), ...epoch(1), 'train ends']);
  });

  it('of several callbacks go by the list, and each is waited for', async () => {
    const log: string[] = [];
    const slow: Callback = { async onEpochEnd() {
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.push('slow');
    } };
    await build().fit(x, y, { verbose: 0, callbacks: [slow, { onEpochEnd: () => void log.push('fast') }] });
    expect(log).toEqual(['slow', 'fast']);
  });

  it('see the numbers of the history, and the run', async () => {
    const seen: { logs: Logs; training: Training }[] = [];
    const batches: number[] = [];
    const begun: unknown[] = [];
    const { history } = await build().fit(x, y, {
      epochs: 3, initialEpoch: 1, batchSize: 5, validationSplit: 0.25, validationFreq: 3, verbose: 0,
      callbacks: {
        onTrainBegin: ({ names, epochs, initialEpoch, steps, verbose, model }) => void begun.push(names, epochs, initialEpoch, steps, verbose, model.name),
        onBatchEnd: (_, logs) => void batches.push(logs.loss!),
        onEpochEnd: (_, logs, training) => void seen.push({ logs, training }),
      },
    });
    expect(begun).toEqual([['loss', 'meanAbsoluteError', 'val_loss', 'val_meanAbsoluteError'], 3, 1, 2, false, 'net']);
    expect(seen.map(({ logs }) => Object.keys(logs))).toEqual([['loss', 'meanAbsoluteError'], ['loss', 'meanAbsoluteError', 'val_loss', 'val_meanAbsoluteError']]);
    expect(seen.map(({ logs }) => logs.loss)).toEqual(history.loss);
    // The last batch's mean since the epoch began is the epoch's.
    expect([batches[1], batches[3]]).toEqual(history.loss);
  });

  it('may keep the logs of a batch that they have looked at', async () => {
    const kept: Logs[] = [];
    const read: number[] = [];
    await build().fit(x, y, { batchSize: 4, verbose: 0, callbacks: { onBatchEnd: (_, logs) => void (kept.push(logs), read.push(logs.loss!)) } });
    expect(kept.map(({ loss }) => loss)).toEqual(read);
    expect(new Set(read).size).toBe(3);
  });

  it('that look at logs too late are told', async () => {
    const kept: Logs[] = [];
    await build().fit(x, y, { batchSize: 4, verbose: 0, callbacks: { onBatchEnd: (_, logs) => void kept.push(logs) } });
    expect(await problemOf(() => kept[1]!.loss)).toBe('logs: of batch 2 are gone: they are fetched when they are looked at; copy them in onBatchEnd, as in { ...logs }');
  });

  it('may stop training within an epoch: the epoch is ended, with validation', async () => {
    const log: string[] = [];
    const net = build();
    const { history, epoch } = await net.fit(x, y, {
      epochs: 9, batchSize: 1, verbose: 0, validationData: [x, y],
      callbacks: [recorder(log), { onBatchEnd: (batch, _, training) => void (batch === 1 && training.stop()) }],
    });
    expect(log.slice(-4)).toEqual(['batch 1 begins', 'batch 1 ends', 'epoch 0 ends', 'train ends']);
    expect(epoch).toEqual([0]);
    expect(Object.keys(history)).toContain('val_loss');
    expect(net.trainer.optimizerState.iteration.dataSync()[0]).toBe(2);
  });

  it('may stop training before an epoch: it does not take place', async () => {
    const log: string[] = [];
    expect(await build().fit(x, y, { epochs: 9, verbose: 0, callbacks: [recorder(log), { onTrainBegin: (training) => training.stop() }] })).toEqual({ history: {}, epoch: [] });
    expect(log).toEqual(['train begins', 'train ends']);
    const { epoch } = await build().fit(x, y, { epochs: 9, verbose: 0, callbacks: { onEpochBegin: (now, training) => void (now === 2 && training.stop()) } });
    expect(epoch).toEqual([0, 1]);
  });

  const seven = [{ data: Float32Array.of(7), shape: [1, 1] }, { data: Float32Array.of(0), shape: [1] }];
  it.each([['onBatchEnd', {}], ['onBatchEnd', { sparse: true }], ['onEpochEnd', {}], ['onTrainEnd', {}]] as const)('may set weights in %s (%j)', async (hook, more) => {
    const net = build();
    const callback: Callback = { ...more, [hook]: (...given: unknown[]) => (given.at(-1) as Training).model.setWeights(seven) };
    await net.fit(x, y, { epochs: 12, batchSize: 4, verbose: 0, callbacks: callback });
    expect(kernelOf(net)).toBe(7);
  });

  it('may set the learning rate between batches, and nothing else goes back with it', async () => {
    const net = build().compile({ optimizer: adam({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    await net.fit(x, y, { epochs: 12, batchSize: 4, verbose: 0, callbacks: { sparse: true, onBatchEnd: (_, __, training) => void (training.learningRate = 0.05) } });
    expect(net.trainer.optimizerState.iteration.dataSync()[0]).toBe(36);
    expect(net.trainer.learningRate).toBeCloseTo(0.05);
  });

  it('see weights as they are after the batch', async () => {
    const seen: number[] = [];
    const net = build();
    await net.fit(x, y, { epochs: 3, batchSize: 4, verbose: 0, callbacks: { onBatchEnd: (_, __, { model }) => void seen.push(model.readWeights()[0]!.data[0]!) } });
    expect(new Set(seen).size).toBe(9);
    expect(seen.at(-1)).toBe(kernelOf(net));
  });

  it('that there are not are refused', async () => {
    const fit = (given: unknown) => problemOf(() => build().fit(x, y, { verbose: 0, callbacks: given as never }));
    expect(await fit({ onEpochend() {} })).toBe('fit: callbacks: there is no hook "onEpochend" — did you mean "onEpochEnd"?');
    expect(await fit([{}, { onBatchEnd: 3 }])).toBe('fit: callback 2: onBatchEnd must be a function, got 3');
    expect(await fit(callbacks.earlyStopping)).toBe('fit: callbacks: must be a callback, got the function earlyStopping; if it makes one, call it');
    expect(await fit([null])).toBe('fit: callbacks: must be a callback, an object of hooks such as { onEpochEnd(epoch, logs) { … } }, got null');
    expect(await problemOf(() => callbacks.lambdaCallback({ onEpoch() {} } as never))).toBe('lambdaCallback: there is no hook "onEpoch" — did you mean "onEpochEnd"?');
    expect(await problemOf(() => callbacks.lambdaCallback({ onEpochEnd: 'x' as never }))).toBe('lambdaCallback: onEpochEnd must be a function, got "x"');
    expect(await problemOf(() => callbacks.lambdaCallback(null as never))).toMatch(/^lambdaCallback: takes an object of hooks/);
  });

  it('of lambdaCallback do the same', async () => {
    const log: string[] = [];
    await build().fit(x, y, { verbose: 0, callbacks: callbacks.lambdaCallback({ onTrainEnd: (logs) => void log.push(...Object.keys(logs)) }) });
    expect(log).toEqual(['loss', 'meanAbsoluteError']);
  });
});

describe('the history callback', () => {
  it('keeps what fit gives back, anew for each fit', async () => {
    const kept = callbacks.history();
    const net = build();
    await net.fit(x, y, { epochs: 2, verbose: 0, callbacks: kept });
    const { history } = await net.fit(x, y, { epochs: 3, verbose: 0, callbacks: kept });
    expect(kept.history).toEqual(history);
    expect(kept.epoch).toEqual([0, 1, 2]);
  });
});

describe('learningRateScheduler', () => {
  it('sets the rate of each epoch', async () => {
    const seen: number[][] = [];
    const rates: number[] = [];
    const net = build(0.5);
    await net.fit(x, y, { epochs: 3, initialEpoch: 0, verbose: 0, callbacks: [
      callbacks.learningRateScheduler((epoch, rate) => { seen.push([epoch, rate]); return rate / 2; }),
      { onEpochEnd: (_, __, training) => void rates.push(training.learningRate) },
    ] });
    expect(seen).toEqual([[0, 0.5], [1, 0.25], [2, 0.125]]);
    expect(rates).toEqual([0.25, 0.125, 0.0625]);
  });

  it('of 0 stands still', async () => {
    const net = build();
    await net.fit(x, y, { epochs: 12, verbose: 0, callbacks: callbacks.learningRateScheduler(() => 0) });
    expect(kernelOf(net)).toBe(1);
  });

  it('refuses what is no rate, and a schedule beside it', async () => {
    const fit = (schedule: (epoch: number, rate: number) => unknown, net = build()) => problemOf(() => net.fit(x, y, { verbose: 0, callbacks: callbacks.learningRateScheduler(schedule as never) }));
    for (const [rate, words] of [[NaN, 'NaN'], [-1, '-1'], [undefined, 'nothing'], ['0.1', '"0.1"'], [Infinity, 'Infinity']] as const) {
      expect(await fit(() => rate)).toBe(`learningRate: must be a number of at least 0, got ${words}`);
    }
    const scheduled = build().compile({ optimizer: adam({ learningRate: cosineDecay({ initialLearningRate: 0.1, decaySteps: 10 }) }), loss: 'meanSquaredError' });
    expect(await fit(() => 0.1, scheduled)).toBe('learningRate: is driven by a schedule; compile with a number to set it during training');
  });
});

describe('terminateOnNaN', () => {
  let warnings: string[];
  beforeEach(() => {
    warnings = [];
    vi.spyOn(console, 'warn').mockImplementation((line: string) => void warnings.push(line));
  });
  afterEach(() => void vi.restoreAllMocks());

  it('ends training soon after the loss has left the numbers, and says so', async () => {
    const net = build(1e20);
    const { epoch, history } = await net.fit(x, y, { epochs: 50, batchSize: 4, verbose: 0, callbacks: callbacks.terminateOnNaN() });
    expect(epoch.length).toBeLessThan(10);
    expect(Number.isFinite(history.loss!.at(-1))).toBe(false);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^ibex: the loss is (NaN|Infinity) at batch \d; training ends\. Try a smaller learning rate/);
  });

  it('lets training go on otherwise', async () => {
    expect((await build().fit(x, y, { epochs: 3, verbose: 0, callbacks: callbacks.terminateOnNaN() })).epoch.length).toBe(3);
    expect(warnings).toEqual([]);
  });
});

describe('what training says in between', () => {
  it('is nothing, with verbose 0', async () => {
    const write = vi.spyOn(process.stdout, 'write');
    const warn = vi.spyOn(console, 'warn');
    const log = vi.spyOn(console, 'log');
    await build().fit(x, y, { epochs: 20, batchSize: 2, verbose: 0, validationSplit: 0.5 });
    // An operation that no record has: still nothing.
    const net = sequential([input({ shape: [1] }), dense({ units: 1 })]).compile({ optimizer: 'sgd', loss: (_, yPred) => tf.mean(tf.cumprod(yPred, 1), -1) });
    await net.fit(x, y, { epochs: 20, batchSize: 2, verbose: 0 }).catch(() => {});
    const calls = [write, warn, log].flatMap(({ mock }) => mock.calls);
    vi.restoreAllMocks();
    expect(calls).toEqual([]);
  });
});
