import { describe, expect, it } from 'vitest';
import { input, model, sequential } from 'ibexjs';
import { add, dense } from 'ibexjs/layers';
import { sgd } from 'ibexjs/optimizers';
import { expectClose } from '../helpers/close.ts';
import { problemOf } from '../helpers/problem.ts';
import { evaluated, rows, trained } from './regression.ts';

const rate = 0.1;
const close = { rtol: 2e-5, atol: 1e-6 };
const data = rows(20);
const build = () => sequential([input({ shape: [2] }), dense({ units: 1, kernelInitializer: 'zeros' })]).compile({ optimizer: sgd({ learningRate: rate }), loss: 'meanSquaredError' });
const line = () => ({ w: [0, 0], b: 0 });
const batchAt = (at: number) => [data.x.slice(at, at + 6), data.y.slice(at, at + 6)] as const;

function* once() {
  for (let at = 0; at < 20; at += 6) yield batchAt(at);
}
const again = { [Symbol.iterator]: once };
const later = { async *[Symbol.asyncIterator]() {
  for (const batch of once()) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    yield batch;
  }
} };
function* endless(log?: string[]) {
  try {
    for (let i = 0; ; i++) yield batchAt(6 * (i % 4));
  } finally {
    log?.push('closed');
  }
}

describe('iterables of batches', () => {
  const want = (epochs: number) => trained(data, line(), { epochs, batchSize: 6, rate });

  it.each([['iterable', again], ['async iterable', later]])('%s: an epoch is one way through', async (_, batches) => {
    expectClose((await build().fit(batches, undefined, { epochs: 3, verbose: 0 })).history.loss!, want(3), close);
  });

  it('a generator does for one epoch', async () => {
    expectClose((await build().fit(once(), undefined, { verbose: 0 })).history.loss!, want(1), close);
    expect(await problemOf(() => build().fit(once(), undefined, { epochs: 2, verbose: 0 })))
      .toBe('fit: the iterable gave no batch; give an object whose iterator starts anew each time, or stepsPerEpoch for one that goes on');
  });

  it('an endless one to validate on gives as many batches as asked', async () => {
    const log: string[] = [];
    const { history } = await build().fit(endless(), undefined, { epochs: 2, stepsPerEpoch: 4, validationData: endless(log), validationSteps: 4, verbose: 0 });
    expect(history.val_loss).toHaveLength(2);
    expect(log.at(-1)).toBe('closed');
    expect(await problemOf(() => build().fit(endless(), undefined, { stepsPerEpoch: 2, validationData: once(), validationSteps: 9, verbose: 0 })))
      .toBe('fit: validationData: the iterable ended after 4 of 9 batches; make it go on, or lower validationSteps');
  });

  it('an endless one gives as many batches as asked, goes on from epoch to epoch, and is closed', async () => {
    const log: string[] = [];
    const { history } = await build().fit(endless(log), undefined, { epochs: 3, stepsPerEpoch: 4, verbose: 0 });
    expectClose(history.loss!, want(3), close);
    expect(log).toEqual(['closed']);
    // Two batches an epoch: the second epoch sees the other half.
    const halves = await build().fit(endless(), undefined, { epochs: 2, stepsPerEpoch: 2, verbose: 0 });
    const after = line();
    const first = trained({ x: data.x.slice(0, 12), y: data.y.slice(0, 12) }, after, { epochs: 1, batchSize: 6, rate });
    const second = trained({ x: data.x.slice(12), y: data.y.slice(12) }, after, { epochs: 1, batchSize: 6, rate });
    expectClose(halves.history.loss!, [...first, ...second], close);
  });

  it('one that ends too early is an error', async () => {
    expect(await problemOf(() => build().fit(once(), undefined, { stepsPerEpoch: 9, verbose: 0 })))
      .toBe('fit: the iterable ended after 4 of 9 batches; make it go on, or lower stepsPerEpoch');
  });

  it('is closed when training stops or fails', async () => {
    const log: string[] = [];
    await build().fit(endless(log), undefined, { verbose: 0, callbacks: { onBatchEnd: (batch, _, training) => void (batch === 2 && training.stop()) } });
    await problemOf(() => build().fit((function* () {
      try {
        yield batchAt(0);
        yield ['what'] as never;
      } finally {
        log.push('closed');
      }
    })(), undefined, { verbose: 0 }));
    await build().evaluate(endless(log), undefined, { steps: 2 });
    expect(log).toEqual(['closed', 'closed', 'closed']);
  });

  it('serve validation and evaluation', async () => {
    const net = build();
    const { history } = await net.fit(data.x, data.y, { epochs: 2, validationData: later, verbose: 0 });
    const [w, b] = net.readWeights();
    const now = evaluated(data, { w: [...w!.data], b: b!.data[0]! });
    expectClose([history.val_loss!.at(-1)!], [now], close);
    expectClose([(await net.evaluate(again)).loss!], [now], close);
    expectClose([(await net.evaluate(endless(), undefined, { steps: 4 })).loss!], [now], close);
  });

  it('carry several inputs', async () => {
    const [a, b] = [input({ shape: [1], name: 'a' }), input({ shape: [1], name: 'b' })];
    const net = model({ inputs: [a, b], outputs: add()([a, b]) }).compile({ optimizer: 'sgd', loss: 'meanAbsoluteError' });
    const batches = [[{ a: [1], b: [2] }, [0]], [[[[1]], [[2]]], [0]]];
    expect(await net.evaluate(batches[Symbol.iterator]() as never)).toEqual({ loss: 3 });
  });

  it('tell callbacks how many batches there are, once that is known', async () => {
    const steps: unknown[] = [];
    await build().fit(again, undefined, { epochs: 2, verbose: 0, callbacks: { onEpochBegin: (_, training) => void steps.push(training.steps) } });
    expect(steps).toEqual([undefined, 4]);
  });

  it.each([
    ['targets beside', (net: ReturnType<typeof build>) => net.fit(again, data.y, { verbose: 0 }), 'fit: an iterable yields its own targets; leave y out, and options third: fit(batches, undefined, { … })'],
    ['a split', (net) => net.fit(again, undefined, { validationSplit: 0.5, verbose: 0 }), 'fit: cannot split an iterable; give validationData'],
    ['weights beside', (net) => net.fit(again, undefined, { sampleWeight: [1], verbose: 0 }), 'fit: an iterable yields its own weights: [x, y, sampleWeight]'],
    ['a size of batches', (net) => net.fit(again, undefined, { batchSize: 3, verbose: 0 }), 'fit: an iterable yields batches of its own size; leave batchSize out'],
    ['batches that are none', (net) => net.fit([data.x][Symbol.iterator]() as never, undefined, { verbose: 0 }), /^fit, batch 1: an iterable must yield batches \[x, y\] or \[x, y, sampleWeight\], got \[\[/],
    ['a generator function', (net) => net.fit(once as never, undefined, { verbose: 0 }), 'fit: x: must be data, got the function once; if it makes batches, call it'],
    ['nothing', (net) => net.fit([][Symbol.iterator]() as never, undefined, { verbose: 0 }), /^fit: the iterable gave no batch/],
    ['targets beside, in evaluate', (net) => net.evaluate(again, data.y), 'evaluate: an iterable yields its own targets; leave y out, and options third: evaluate(batches, undefined, { … })'],
    ['weights beside, in evaluate', (net) => net.evaluate(again, undefined, { sampleWeight: [1] }), 'evaluate: an iterable yields its own weights: [x, y, sampleWeight]'],
  ] as [string, (net: ReturnType<typeof build>) => unknown, string | RegExp][])('refused: %s', async (_, run, words) => {
    expect(await problemOf(() => run(build()))).toMatch(words);
  });
});
