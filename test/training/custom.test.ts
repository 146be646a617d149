import { beforeAll, describe, expect, it } from 'vitest';
import { input, losses, model, sequential, setBackend, tf, type Tensor } from 'ibexjs';
import { batchNormalization, dense, dropout } from 'ibexjs/layers';
import { adam, momentum, sgd } from 'ibexjs/optimizers';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { expectNoTensorLeft } from '../helpers/memory.ts';
import { problemOf } from '../helpers/problem.ts';

const numbers = (tensor: Tensor) => [...tensor.dataSync()];

describe.each(engines)('training loops of one’s own on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  const x = () => tf.tensor2d([[1, 2], [3, 4], [5, 6], [7, 9]]);
  const y = () => tf.tensor2d([[1], [0], [2], [1]]);
  const build = (optimizer = adam({ learningRate: 0.1 })) => sequential([input({ shape: [2] }), dense({ units: 3, activation: 'tanh' }), dense({ units: 1 })], { seed: 2 }).compile({ optimizer, loss: 'meanSquaredError' });

  it('come to what fit comes to', async () => {
    const [mine, theirs] = [build(), build()];
    const mse = losses.meanSquaredError();
    const values: number[] = [];
    for (let step = 0; step < 5; step++) {
      tf.tidy(() => {
        const { value, gradients } = mine.gradients(() => tf.mean(mse(y(), mine.call(x(), { training: true }))));
        values.push(value.dataSync()[0]!);
        mine.applyGradients(gradients);
      });
    }
    const { history } = await theirs.fit(x(), y(), { epochs: 5, batchSize: 4, shuffle: false, verbose: 0 });
    expectClose(values, history.loss!, { rtol: 1e-6, atol: 1e-7 });
    const [a, b] = [mine, theirs].map((net) => net.readWeights().flatMap(({ data }) => [...data]));
    expectClose(a!, b!, { rtol: 1e-5, atol: 1e-6 });
    expect(mine.trainer.optimizerState.iteration.dataSync()[0]).toBe(5);
  });

  it('leave no tensor', async () => {
    const net = build();
    await expectNoTensorLeft(() => tf.tidy(() => {
      const { gradients } = net.gradients(() => tf.mean(net.call(x(), { training: true })));
      net.applyGradients(gradients);
    }));
    await expectNoTensorLeft(() => {
      const given = x();
      const { value, gradients } = net.gradients(() => tf.mean(net.call(given)));
      net.applyGradients(gradients);
      tf.dispose([given, value, gradients as Tensor[]]);
    });
    await expectNoTensorLeft(async () => {
      const given = x();
      await problemOf(() => net.gradients(() => tf.tidy(() => net.call(given))));
      expect(() => net.gradients(() => { net.call(given); throw new Error('mine'); })).toThrow('mine');
      given.dispose();
    });
    net.dispose();
  });

  it('see the weights that learn, and no others', () => {
    const net = build(sgd({ learningRate: 0 }));
    net.layers[0]!.trainable = false;
    const { gradients } = net.gradients(() => tf.sum(net.call(x())));
    expect(gradients.map(({ shape }) => shape)).toEqual([[3, 1], [1]]);
    expect(numbers(gradients[1]!)).toEqual([4]);
  });

  it('go through one model to another', () => {
    const generator = sequential([input({ shape: [1] }), dense({ units: 1, useBias: false, kernelInitializer: 'ones' })]).compile({ optimizer: sgd({ learningRate: 0.1 }) });
    const critic = sequential([input({ shape: [1] }), dense({ units: 1, useBias: false, kernelInitializer: 'ones' })]).compile({ optimizer: momentum({ learningRate: 0.1 }) });
    const noise = tf.tensor2d([[3]]);
    // d/dg (g · 3 · c)² = 2 · 3 · 3 at g = c = 1
    const { value, gradients } = generator.gradients(() => tf.sum(tf.square(critic.call(generator.call(noise)))));
    expect([...numbers(value), ...numbers(gradients[0]!)]).toEqual([9, 18]);
    generator.applyGradients(gradients);
    expect(generator.readWeights()[0]!.data[0]).toBeCloseTo(1 - 1.8, 5);
    expect(critic.readWeights()[0]!.data[0]).toBe(1);
    critic.applyGradients(critic.gradients(() => tf.sum(critic.call(noise))).gradients);
    expect(critic.readWeights()[0]!.data[0]).toBeCloseTo(1 - 0.3, 5);
  });

  it('may take gradients by inputs with tf.grad, also within those by weights', () => {
    const net = sequential([input({ shape: [1] }), dense({ units: 1, useBias: false, kernelInitializer: 'ones' })]);
    const slope = tf.grad((at) => tf.sum(tf.square(net.call(at))));
    expect(numbers(slope(tf.tensor2d([[3]])))).toEqual([6]);
    // d/dw of the slope 2 w² x is 4 w x.
    expect(numbers(net.gradients(() => tf.sum(slope(tf.tensor2d([[3]])))).gradients[0]!)).toEqual([12]);
  });

  it('drop and normalize as in training if told so, the same in each run', () => {
    const passes = () => {
      const net = sequential([input({ shape: [8] }), dropout({ rate: 0.5 })], { seed: 4 });
      const ones = tf.ones([1, 8]);
      return [net.call(ones), net.call(ones, { training: true }), net.call(ones, { training: true }), net.call(ones, { training: true })].map(numbers);
    };
    const [still, ...others] = passes();
    expect(still).toEqual(Array(8).fill(1));
    expect(new Set(others.map(String)).size).toBeGreaterThan(1);
    expect(passes()).toEqual([still, ...others]);

    const net = sequential([input({ shape: [1] }), batchNormalization({ momentum: 0.5 })]).compile({ optimizer: 'sgd' });
    const statistics = () => net.readWeights().slice(2).map(({ data }) => data[0]);
    net.call(tf.tensor2d([[0], [4]]));
    expect(statistics()).toEqual([0, 1]);
    // In one function with a call that uses the old ones.
    const { gradients } = net.gradients(() => tf.add(tf.sum(net.call(tf.tensor2d([[1], [5]]))), tf.sum(net.call(tf.tensor2d([[0], [4]]), { training: true }))));
    expect(gradients.length).toBe(2);
    expect(statistics()).toEqual([1, 2.5]);
  });

  it('work with several inputs and outputs', () => {
    const [a, b] = [input({ shape: [1], name: 'a' }), input({ shape: [1], name: 'b' })];
    const both = model({ inputs: { a, b }, outputs: { same: a, twice: dense({ units: 1, kernelInitializer: 'ones' })(b) } });
    const given = tf.tensor2d([[2]]);
    const { same, twice } = both.call({ a: given, b: tf.tensor2d([[3]]) });
    expect([...numbers(same), ...numbers(twice)]).toEqual([2, 3]);
    same.dispose();
    expect(given.isDisposed).toBe(false);
  });

  it('are refused in words', async () => {
    const net = build();
    const given = x();
    expect(await problemOf(() => net.call([[1, 2]] as never))).toBe('call: x: must be a tensor, got [1,2]; for other data use predict()');
    expect(await problemOf(() => net.call(tf.ones([3])))).toBe('call: x: must have examples of shape [2] behind a batch axis, got [3]');
    expect(await problemOf(() => net.call(given, { train: true } as never))).toBe('call: unknown option "train" — known: training');
    expect(await problemOf(() => net.gradients(tf.scalar(1) as never))).toMatch(/^gradients: takes a function that gives a scalar/);
    expect(await problemOf(() => net.gradients(() => net.call(given)))).toBe('gradients: the function must give a scalar tensor, got one of shape [4, 1]; take its mean or sum');
    expect(await problemOf(() => net.gradients((() => 3) as never))).toBe('gradients: the function must give a scalar tensor, got 3');
    expect(await problemOf(() => net.applyGradients([]))).toBe('applyGradients: takes 4 gradients, one for each weight that learns, as gradients() gives them, got 0');
    const { gradients } = net.gradients(() => tf.sum(net.call(given)));
    expect(await problemOf(() => net.applyGradients([...gradients].reverse()))).toBe('applyGradients: the gradient of dense/kernel must have shape [2, 3], got [1]');
    expect(await problemOf(() => net.applyGradients([1, 2, 3, 4] as never))).toBe('applyGradients: the gradient of dense/kernel must be a tensor, got 1');
  });
});
