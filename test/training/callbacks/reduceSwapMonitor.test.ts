/** reduceLROnPlateau, swapEmaWeights, remoteMonitor. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { callbacks, input, sequential, setBackend, type Callback, type Training } from 'ibexjs';
import { dense } from 'ibexjs/layers';
import { cosineDecay, sgd } from 'ibexjs/optimizers';
import { problemOf } from '../../helpers/problem.ts';

const x = Array.from({ length: 12 }, (_, i) => [i / 12]);
const y = x.map(([value]) => [2 * value!]);
const build = (optimizer = sgd({ learningRate: 0.1 })) => sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: 'ones' })], { name: 'net', seed: 1 })
  .compile({ optimizer, loss: 'meanSquaredError' });
beforeAll(() => setBackend('wasm'));

describe('reduceLROnPlateau', () => {
  /** Feeds a callback with losses; gives the rate after each epoch. */
  const rates = (losses: readonly number[], options: Parameters<typeof callbacks.reduceLROnPlateau>[0]) => {
    const callback = callbacks.reduceLROnPlateau({ monitor: 'loss', ...options });
    const training = { learningRate: 1, names: ['loss'] } as unknown as Training;
    void callback.onTrainBegin!(training);
    return losses.map((loss, epoch) => {
      void callback.onEpochEnd!(epoch, { loss }, training);
      return Number(training.learningRate.toPrecision(6));
    });
  };

  // Each list is what Keras 3's rule gives, by hand.
  it('lowers the rate after epochs without improvement', () => {
    expect(rates([5, 4, 4, 4, 4, 4], { patience: 2, factor: 0.5 })).toEqual([1, 1, 1, 0.5, 0.5, 0.25]);
    expect(rates([5, 4, 4, 4, 4, 4], { patience: 1, factor: 0.1 })).toEqual([1, 1, 0.1, 0.01, 0.001, 0.0001]);
    expect(rates([5, 4, 4, 3, 3, 3], { patience: 2, factor: 0.5 })).toEqual([1, 1, 1, 1, 1, 0.5]);
  });

  it('passes over epochs after that, and stops at the smallest rate', () => {
    // Reduced at epoch 2; 3 and 4 cool down, of which the last counts again.
    expect(rates([4, 4, 4, 4, 4, 4, 4], { patience: 2, factor: 0.5, cooldown: 2 })).toEqual([1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]);
    expect(rates([4, 4, 4, 4], { patience: 1, factor: 0.1, minLearningRate: 0.05 })).toEqual([1, 0.1, 0.05, 0.05]);
  });

  it('takes small changes for none, and follows what grows', () => {
    expect(rates([4, 3.95, 3.9, 3.85], { patience: 1, factor: 0.5, minDelta: 0.2 })).toEqual([1, 0.5, 0.25, 0.125]);
    expect(rates([1, 2, 3, 3], { patience: 1, factor: 0.5, mode: 'max' })).toEqual([1, 1, 1, 0.5]);
  });

  it('sets the rate that training goes on with', async () => {
    const net = build();
    const seen: number[] = [];
    await net.fit(x, y, { epochs: 4, verbose: 0, callbacks: [callbacks.reduceLROnPlateau({ monitor: 'loss', patience: 1, minDelta: 100, factor: 0.5 }), { onEpochEnd: (_, __, { learningRate }) => void seen.push(learningRate) }] });
    expect(seen).toEqual([0.1, 0.05, 0.025, 0.0125].map((rate) => expect.closeTo(rate, 7)));
    expect(await problemOf(() => build(sgd({ learningRate: cosineDecay({ initialLearningRate: 0.1, decaySteps: 9 }) })).fit(x, y, { epochs: 3, verbose: 0, callbacks: callbacks.reduceLROnPlateau({ monitor: 'loss', patience: 1, minDelta: 100 }) })))
      .toBe('learningRate: is driven by a schedule; compile with a number to set it during training');
    expect(await problemOf(() => callbacks.reduceLROnPlateau({ factor: 1 }))).toMatch(/^reduceLROnPlateau: /);
  });
});

describe('swapEmaWeights', () => {
  const ema = () => sgd({ learningRate: 0.1, useEma: true, emaMomentum: 0.8 });
  const kernelOf = ({ model }: Training) => model.readWeights()[0]!.data[0]!;

  it('validates with the averages, and trains on with the weights', async () => {
    const plain: number[] = [];
    const follow = (list: number[]): Callback => ({ onEpochEnd: (_, __, training) => void list.push(kernelOf(training)) });
    await build(sgd({ learningRate: 0.1 })).fit(x, y, { epochs: 5, batchSize: 4, shuffle: false, verbose: 0, callbacks: follow(plain) });
    const steps: number[] = [];
    await build(sgd({ learningRate: 0.1 })).fit(x, y, { epochs: 5, batchSize: 4, shuffle: false, verbose: 0, callbacks: { onBatchEnd: (_, __, training) => void steps.push(kernelOf(training)) } });
    // Keras: the first update sets the average, each other one moves it.
    let average = 0;
    const averages = steps.map((weight, i) => (average = i === 0 ? weight : 0.8 * average + 0.2 * weight)).filter((_, i) => i % 3 === 2);

    const validated: number[] = [];
    const trained: number[] = [];
    const net = build(ema());
    await net.fit(x, y, { epochs: 5, batchSize: 4, shuffle: false, verbose: 0, validationData: [x, y], callbacks: [callbacks.swapEmaWeights(), { onTestBegin: (training) => void validated.push(kernelOf(training)) }, follow(trained)] });
    expect(trained).toEqual(plain);
    expect(validated).toEqual(averages.map((value) => expect.closeTo(value, 5)));
    expect(net.readWeights()[0]!.data[0]).toBeCloseTo(averages.at(-1)!, 5);
  });

  it('leaves the averages in place for callbacks that come after it, and ends with them, stopped or not', async () => {
    const calm = build(ema());
    const inPlace: number[] = [];
    await calm.fit(x, y, { epochs: 3, batchSize: 4, verbose: 0 });
    for (const epochs of [3, 9]) {
      const net = build(ema());
      inPlace.length = 0;
      await net.fit(x, y, { epochs, batchSize: 4, verbose: 0, callbacks: [callbacks.swapEmaWeights({ swapOnEpoch: true }), { onEpochEnd: (epoch, _, training) => {
        inPlace.push(kernelOf(training));
        if (epoch === 2) training.stop();
      } }] });
      expect(net.readWeights()).toEqual(calm.readWeights());
      expect(inPlace.at(-1)).toBe(net.readWeights()[0]!.data[0]);
    }
  });

  it('gives the weights back when training fails', async () => {
    const expected: number[] = [];
    const net = build(ema());
    await net.fit(x, y, { batchSize: 4, verbose: 0, callbacks: [
      { onTestBegin: (training) => void expected.push(kernelOf(training)) }, callbacks.swapEmaWeights(), { onTestBegin: () => { throw new Error('no'); } },
    ], validationData: [x, y] }).catch(() => {});
    expect(net.readWeights()[0]!.data[0]).toBe(expected[0]);
  });

  it('needs averages', async () => {
    expect(await problemOf(() => build().fit(x, y, { verbose: 0, callbacks: callbacks.swapEmaWeights() }))).toBe('averaged: the optimizer keeps no moving averages of the weights; compile with sgd({ useEma: true })');
  });
});

describe('remoteMonitor', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    server = undefined;
    vi.restoreAllMocks();
  });
  const serve = async (status: number) => {
    const got: { url: string | undefined; type: string | undefined; token: unknown; body: unknown }[] = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (piece) => (body += piece)).on('end', () => {
        got.push({ url: request.url, type: request.headers['content-type'], token: request.headers['x-token'], body: JSON.parse(body) });
        response.writeHead(status).end('thanks');
      });
    });
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return { got, root: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };

  it('posts the numbers of each epoch', async () => {
    const { got, root } = await serve(200);
    const { history } = await build().fit(x, y, { epochs: 2, verbose: 0, callbacks: callbacks.remoteMonitor({ root, headers: { 'x-token': 'abc' } }) });
    expect(got).toEqual([0, 1].map((epoch) => ({ url: '/publish/epoch/end/', type: 'application/json', token: 'abc', body: { epoch, loss: history.loss![epoch] } })));
  });

  it('says once what fails, and training goes on', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { got, root } = await serve(500);
    const { epoch } = await build().fit(x, y, { epochs: 3, verbose: 0, callbacks: callbacks.remoteMonitor({ root, path: 'here' }) });
    expect(epoch).toEqual([0, 1, 2]);
    expect(got).toHaveLength(3);
    expect(warn.mock.calls).toEqual([[`ibex: remoteMonitor cannot post to ${root}/here: it answered 500; training goes on.`]]);
  });

  it('says that there is no server', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { root } = await serve(200);
    await new Promise((resolve) => server!.close(resolve));
    server = undefined;
    await build().fit(x, y, { epochs: 2, verbose: 0, callbacks: callbacks.remoteMonitor({ root }) });
    expect(warn.mock.calls).toHaveLength(1);
    expect(warn.mock.calls[0]![0]).toMatch(/ECONNREFUSED/);
  });

  it('checks its options', async () => {
    expect(await problemOf(() => callbacks.remoteMonitor({ root: 'nowhere' }))).toMatch(/^remoteMonitor: /);
  });
});
