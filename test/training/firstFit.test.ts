/** A model's first fit records its step, compiles it and checks it: in phases, between which others have their turn. */
import { beforeAll, describe, expect, it } from 'vitest';
import { input, sequential, setBackend, tf, type Model, type Training } from 'ibexjs';
import { dense } from 'ibexjs/layers';
import { adam, momentum } from 'ibexjs/optimizers';
import { engines } from '../engines.ts';
import { expectNoTensorLeft } from '../helpers/memory.ts';
import { wearyIn } from '../helpers/weary.ts';
import { rows } from './regression.ts';

const data = rows(64);

/** Does something in each turn that the event loop has until work is done; gives how many there were. */
async function meanwhile(work: Promise<unknown>, each: (turn: number) => void = () => {}): Promise<number> {
  let turns = 0;
  let wrong: unknown;
  let next = setImmediate(function tick() {
    next = setImmediate(tick);
    try {
      each(++turns);
    } catch (error) {
      wrong ??= error;
    }
  });
  try {
    await work;
  } finally {
    clearImmediate(next);
  }
  if (wrong !== undefined) throw wrong;
  return turns;
}

// Programs of TensorFlow are kept by their graph: each test has one of its own, that is to be compiled and checked.
let width = 3;

describe.each(engines)('a first fit on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  const build = (units: number, learningRate = 0.01) => sequential([input({ shape: [2] }), dense({ units, activation: 'tanh' }), dense({ units: 1 })], { seed: 3 })
    .compile({ optimizer: adam({ learningRate }), loss: 'meanSquaredError', jit: true });
  const fit = (net: Model, more: object = {}) => net.fit(data.x, data.y, { batchSize: 16, shuffle: false, verbose: 0, ...more });
  const weightsOf = (net: Model) => net.readWeights().map(({ data: values }) => [...values]);
  const close = (got: readonly number[][], wanted: readonly number[][]) =>
    got.forEach((values, i) => values.forEach((value, j) => expect(value).toBeCloseTo(wanted[i]![j]!, 5)));
  /** Weights after a fit that nobody disturbs. */
  const undisturbed = async (units: number, more: object = {}) => {
    const net = build(units);
    await fit(net, more);
    const weights = weightsOf(net);
    net.dispose();
    return weights;
  };

  it('gives the event loop a turn between its phases, and so does a first evaluation', async () => {
    await expectNoTensorLeft(async () => {
      const net = build(width++);
      expect(await meanwhile(fit(net))).toBeGreaterThanOrEqual(8);
      expect(await meanwhile(net.evaluate(data.x, data.y, { batchSize: 8 }))).toBeGreaterThanOrEqual(7);
      net.dispose();
    });
  });

  it('shows who predicts meanwhile the model after one step or another, and goes on as if nobody had', async () => {
    const units = width++;
    const one = data.x.slice(0, 1);
    const ask = (net: Model) => {
      const answer = net.predict(one) as tf.Tensor;
      const number = answer.dataSync()[0]!;
      answer.dispose();
      return number;
    };
    await expectNoTensorLeft(async () => {
      const net = build(units);
      const seen: number[] = [];
      await meanwhile(fit(net), () => seen.push(ask(net)));
      const other = build(units);
      const after = [ask(other)];
      await fit(other, { callbacks: { onBatchEnd: () => void after.push(ask(other)) } });
      for (const number of seen) expect(after.some((each) => Math.abs(each - number) < 1e-6)).toBe(true);
      expect(new Set(after).size).toBe(5);
      close(weightsOf(net), weightsOf(other));
      net.dispose();
      other.dispose();
    });
  });

  it('goes on from steps that others take meanwhile', async () => {
    const units = width++;
    // One batch again and again, so that the order of steps does not matter.
    const [x, y] = [data.x.slice(0, 16), data.y.slice(0, 16)];
    const [net, other] = [build(units), build(units)];
    let more = 0;
    await meanwhile(net.fit(x, y, { epochs: 4, batchSize: 16, verbose: 0 }), (turn) => {
      if (turn % 2 === 0) return;
      more++;
      void net.trainOnBatch(x, y);
    });
    expect(more).toBeGreaterThanOrEqual(2);
    for (let step = 0; step < 4 + more; step++) await other.trainOnBatch(x, y);
    close(weightsOf(net), weightsOf(other));
    expect(net.trainer.optimizerState.iteration.dataSync()[0]).toBe(4 + more);
    net.dispose();
    other.dispose();
  });

  it.each([1, 3, 5, 7])('goes on from weights that are set in turn %i', async (when) => {
    const net = build(width++, 0);
    const set = weightsOf(net).map((values) => values.map((_, i) => i + 0.5));
    const shapes = net.readWeights().map(({ shape }) => shape);
    await meanwhile(fit(net), (turn) => {
      if (turn !== when) return;
      const tensors = set.map((values, i) => tf.tensor(values, [...shapes[i]!]));
      net.setWeights(tensors);
      tf.dispose(tensors);
    });
    expect(weightsOf(net)).toEqual(set);
    net.dispose();
  });

  it.each([1, 3, 5, 6, 7])('shows nobody the numbers of a record that turns out wrong, in turn %i', async (when) => {
    const units = width++;
    const [x, y] = [data.x.slice(0, 32), data.y.slice(0, 32)];
    /** The loss counts more from its second pass on, which a record does not know. */
    const crooked = (jit: 'auto' | false) => {
      let passes = 0;
      return sequential([input({ shape: [2] }), dense({ units }), dense({ units: 1 })], { seed: 3 })
        .compile({ optimizer: momentum({ learningRate: 0.01 }), loss: (yTrue, yPred) => tf.mul(tf.squaredDifference(yTrue, yPred), passes++ === 0 ? 1 : 3), jit });
    };
    const [net, other] = [crooked('auto'), crooked(false)];
    let seen: number[][] = [];
    await meanwhile(net.fit(x, y, { batchSize: 16, shuffle: false, verbose: 0, epochs: 4 }), (turn) => {
      if (turn === when) seen = weightsOf(net);
    });
    const right = [weightsOf(other)];
    await other.fit(x, y, { batchSize: 16, shuffle: false, verbose: 0, epochs: 4, callbacks: { onBatchEnd: () => void right.push(weightsOf(other)) } });
    close(weightsOf(net), right.at(-1)!);
    const distances = right.map((weights) => Math.max(...weights.flatMap((values, i) => values.map((value, j) => Math.abs(value - seen[i]![j]!)))));
    expect(Math.min(...distances)).toBeLessThan(1e-5);
    net.dispose();
    other.dispose();
  });

  it('is not stirred by scopes that others open in one turn and close in another', async () => {
    const units = width++;
    const net = build(units);
    let open = false;
    await meanwhile(fit(net), () => {
      if (open) tf.engine().endScope();
      else tf.engine().startScope();
      open = !open;
    });
    if (open) tf.engine().endScope();
    close(weightsOf(net), await undisturbed(units));
    net.dispose();
  });

  it('records nothing of another that goes on at the same time', async () => {
    const units = [width++, width++];
    await expectNoTensorLeft(async () => {
      const nets = units.map((each) => build(each));
      await Promise.all(nets.map((net) => fit(net, { epochs: 3 })));
      for (const [i, net] of nets.entries()) {
        close(weightsOf(net), await undisturbed(units[i]!, { epochs: 3 }));
        net.dispose();
      }
    });
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('goes on where another engine is chosen in turn %i', async (when) => {
    const units = width++;
    const net = build(units).compile({ optimizer: adam({ learningRate: 0.01 }), loss: 'meanSquaredError' });
    // It takes over at once, as it has been loaded.
    await setBackend('cpu');
    await setBackend(engine);
    try {
      await meanwhile(fit(net, { epochs: 2 }), (turn) => {
        if (turn === when) void tf.setBackend('cpu');
      });
      expect(tf.getBackend()).toBe('cpu');
    } finally {
      await setBackend(engine);
    }
    close(weightsOf(net), await undisturbed(units, { epochs: 2 }));
    net.dispose();
  });

  it('that has to be compiled says so where another engine is chosen meanwhile', async () => {
    const net = build(width++);
    await setBackend('cpu');
    await setBackend(engine);
    try {
      await expect(meanwhile(fit(net), () => void tf.setBackend('cpu'))).rejects.toThrow('the step cannot be compiled: another engine has been chosen meanwhile');
    } finally {
      await setBackend(engine);
    }
    net.dispose();
  });

  it('stops when it is told to in its first turn, and cannot be disposed of', async () => {
    const net = build(width++);
    let training!: Training;
    await expect(meanwhile(fit(net, { epochs: 1_000_000, callbacks: { onTrainBegin: (begun: Training) => void (training = begun) } }), (turn) => {
      if (turn === 1) training.stop();
      if (turn === 2) net.dispose();
    })).rejects.toThrow('the model is being fitted');
    expect(net.trainer.optimizerState.iteration.dataSync()[0]).toBeLessThan(10);
    net.dispose();
  });

  // Recorded in the first pass, compared in the second.
  it.each([1, 2])('that fails in its pass number %i fails itself, not who looks at weights meanwhile', async (last) => {
    const weary = wearyIn(last);
    await expectNoTensorLeft(async () => {
      const net = sequential([input({ shape: [2] }), dense({ units: 1 }), weary()], { seed: 1 }).compile({ optimizer: 'adam', loss: 'meanSquaredError', jit: true });
      const before = weightsOf(net);
      let problem: unknown;
      await meanwhile(fit(net).catch((error: unknown) => void (problem = error)), () => void weightsOf(net));
      expect(String(problem)).toMatch(/weary: .*enough/);
      expect(net.trainer.optimizerState.iteration.dataSync()[0]).toBe(last - 1);
      expect(JSON.stringify(weightsOf(net)) === JSON.stringify(before)).toBe(last === 1);
      net.dispose();
    });
  });
});
