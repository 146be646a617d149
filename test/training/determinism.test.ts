import { beforeAll, describe, expect, it } from 'vitest';
import { input, sequential, setBackend } from 'ibexjs';
import { batchNormalization, dense, dropout } from 'ibexjs/layers';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';

describe.each(engines)('the same seed on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  const x = { data: Float32Array.from({ length: 64 * 4 }, (_, i) => Math.sin(i)), shape: [64, 4] };
  const y = { data: Float32Array.from({ length: 64 }, (_, i) => Math.cos(i)), shape: [64, 1] };
  const build = (seed?: number) => sequential([
    input({ shape: [4] }), dense({ units: 16, activation: 'tanh' }), dropout({ rate: 0.3 }), batchNormalization(), dropout({ rate: 0.3 }), dense({ units: 1 }),
  ], { seed }).compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['meanAbsoluteError'] });
  const run = async (seed?: number, options: object = {}) => {
    const net = build(seed);
    const { history } = await net.fit(x, y, { epochs: 4, batchSize: 10, validationSplit: 0.25, verbose: 0, ...options });
    const result = { history, weights: net.readWeights().map(({ data }) => [...data]) };
    net.dispose();
    return result;
  };

  it('gives the same run, bit for bit', async () => {
    expect(await run(5)).toEqual(await run(5));
  });

  it('and another seed, or none, another', async () => {
    const first = await run(5);
    expect(await run(6)).not.toEqual(first);
    expect(await run()).not.toEqual(await run());
  });

  it('drops other units at each step, and the same again in the next run', async () => {
    const draws = async () => {
      const net = sequential([input({ shape: [32] }), dropout({ rate: 0.5 })], { seed: 3 }).compile({ optimizer: 'sgd', loss: (_, yPred) => yPred });
      const ones = { data: new Float32Array(32).fill(1), shape: [1, 32] };
      const losses: number[] = [];
      for (let step = 0; step < 6; step++) losses.push((await net.trainOnBatch(ones, ones)).loss!);
      return losses;
    };
    const first = await draws();
    expect(new Set(first).size).toBeGreaterThan(1);
    expect(await draws()).toEqual(first);
  });

  it('goes on in a second fit as an unbroken one would', async () => {
    const whole = await run(5);
    const net = build(5);
    await net.fit(x, y, { epochs: 2, batchSize: 10, validationSplit: 0.25, verbose: 0 });
    await net.fit(x, y, { epochs: 4, initialEpoch: 2, batchSize: 10, validationSplit: 0.25, verbose: 0 });
    // To rounding: an engine may take a step by another way in a run of its own.
    expectClose(net.readWeights().flatMap(({ data }) => [...data]), whole.weights.flat(), { rtol: 1e-5, atol: 1e-6 });
  });

  it('does not depend on callbacks that look on, nor on what is printed', async () => {
    expect(await run(5, { callbacks: { onBatchBegin: () => {}, onBatchEnd: (_: number, logs: { loss?: number }) => void logs.loss } })).toEqual(await run(5));
  });
});
