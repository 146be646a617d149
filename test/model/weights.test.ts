import { beforeAll, describe, expect, it } from 'vitest';
import { input, model, sequential, setBackend, tf } from 'ibexjs';
import { batchNormalization, bidirectional, dense, embedding, flatten, gru, lstm } from 'ibexjs/layers';
import { engines } from '../engines.ts';
import { expectNoTensorLeft } from '../helpers/memory.ts';
import { problemOf } from '../helpers/problem.ts';

const small = () => sequential([input({ shape: [2] }), dense({ units: 2 }), batchNormalization(), dense({ units: 1 })], { name: 'small', seed: 5 });

describe('weights', () => {
  it('come as copies, in Keras’s order', () => {
    const net = small();
    const weights = net.getWeights();
    expect(weights.map(({ shape }) => shape)).toEqual([[2, 2], [2], [2], [2], [2], [2], [2, 1], [1]]);
    const before = [...net.predict([[1, 2]]).dataSync()];
    tf.dispose(weights);
    expect([...net.predict([[1, 2]]).dataSync()]).toEqual(before);
  });

  it('can be set from tensors, nested and typed arrays', () => {
    const net = sequential([input({ shape: [2] }), dense({ units: 2 })]);
    net.setWeights([tf.tensor2d([[1, 2], [3, 4]]), [10, 20]]);
    net.setWeights([{ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }, Float32Array.of(10, 20)]);
    expect([...net.predict([[1, 1]]).dataSync()]).toEqual([14, 26]);
  });

  it('of one layer, by name or itself, with those of the layers that it holds', async () => {
    const net = small();
    net.setWeights([[[1, 2], [3, 4]], [5, 6]], 'dense');
    expect(net.readWeights('dense').map(({ data }) => [...data])).toEqual([[1, 2, 3, 4], [5, 6]]);
    expect(net.getWeights(net.layers[1]).map(({ shape }) => shape)).toEqual([[2], [2], [2], [2]]);
    const around = sequential([net, dense({ units: 1 })]);
    expect(around.readWeights('small')).toEqual(net.readWeights());
    const reader = sequential([input({ shape: [4, 2] }), bidirectional({ layer: gru({ units: 3 }) })]);
    expect(reader.getWeights('bidirectional')).toHaveLength(6);
    expect(await problemOf(() => net.getWeights('dence'))).toBe('small: has no layer "dence" — did you mean "dense"?');
    expect(await problemOf(() => net.getWeights(dense({ units: 1, name: 'other' })))).toBe('small: has no such layer, got other (dense); give one of model.layers, or its name');
    expect(await problemOf(() => net.setWeights([[1]], 'dense'))).toBe('setWeights: "dense" has 2 weights, got 1; give one for each, in the order of getWeights()');
  });

  it('given back are the same to the last bit', () => {
    const [a, b] = [small(), sequential([input({ shape: [2] }), dense({ units: 2 }), batchNormalization(), dense({ units: 1 })], { seed: 6 })];
    const x = tf.randomNormal([4, 2]);
    expect([...b.predict(x).dataSync()]).not.toEqual([...a.predict(x).dataSync()]);
    b.setWeights(a.getWeights());
    expect([...b.predict(x).dataSync()]).toEqual([...a.predict(x).dataSync()]);
  });

  it('read as numbers stay what they were', async () => {
    const net = small().compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const read = net.readWeights();
    const copy = read.map(({ data }) => [...data]);
    await net.fit(tf.randomNormal([8, 2]), tf.ones([8, 1]), { epochs: 3, verbose: 0 });
    expect(read.map(({ data }) => [...data])).toEqual(copy);
    net.setWeights(read);
    expect(net.readWeights().map(({ data }) => [...data])).toEqual(copy);
  });

  it('that do not fit are refused, before any is set', async () => {
    const net = small();
    const before = net.readWeights();
    const [kernel, ...rest] = before;
    await expectNoTensorLeft(async () => {
      expect(await problemOf(() => net.setWeights([]))).toBe('setWeights: the model has 8 weights, got 0; give one for each, in the order of getWeights()');
      expect(await problemOf(() => net.setWeights(null as never))).toBe('setWeights: takes a list of weights, in the order of getWeights(), got null');
      expect(await problemOf(() => net.setWeights([[[9, 9], [9, 9]], ...rest.slice(0, -1), [[1]]] as never))).toBe('setWeights: dense_1/bias: must have shape [1], got [1, 1]');
      expect(await problemOf(() => net.setWeights([['a', 'b'], ...rest] as never))).toBe('setWeights: dense/kernel: must hold numbers, got "a" at example 0; encode words as numbers first');
    });
    expect(net.readWeights()).toEqual([kernel, ...rest]);
  });

  it('of the optimizer start anew when the model is compiled again, those of the model do not', async () => {
    const net = small().compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    await net.trainOnBatch([[1, 2]], [[3]]);
    const before = net.readWeights();
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    expect(net.readWeights()).toEqual(before);
    expect(net.trainer.optimizerState.iteration.dataSync()[0]).toBe(0);
  });
});

describe.each(engines)('predictions on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  it('follow the weights, however often they were asked for before', async () => {
    const net = sequential([input({ shape: [1] }), dense({ units: 1, useBias: false, kernelInitializer: 'ones' })]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const ask = () => [0, 1, 2, 3, 4].map(() => net.predict([[2], [3]]).dataSync().join());
    expect(ask()).toEqual(Array(5).fill('2,3'));
    net.setWeights([[[10]]]);
    expect(ask()).toEqual(Array(5).fill('20,30'));
    await net.fit([[1]], [[0]], { epochs: 20, verbose: 0 });
    const [w] = net.readWeights()[0]!.data;
    expect(ask()).toEqual(Array(5).fill([2 * w!, 3 * w!].map(Math.fround).join()));
    expect(net.predict([[2], [3], [4]]).shape).toEqual([3, 1]);
  });

  it('of whole numbers are looked up however often', async () => {
    const net = sequential([input({ shape: [2], dtype: 'int32' }), embedding({ inputDim: 5, outputDim: 1 }), flatten()], { seed: 1 });
    const table = [...net.readWeights()[0]!.data];
    const x = Array.from({ length: 40 }, (_, i) => [i % 5, 4]);
    for (let again = 0; again < 3; again++) {
      expect([...net.predict(x, { batchSize: 4 }).dataSync()]).toEqual(x.flatMap(([i]) => [table[i!], table[4]]));
    }
  });

  it('are each a tensor of their own', () => {
    const net = sequential([input({ shape: [1] }), dense({ units: 1, useBias: false, kernelInitializer: 'ones' })]);
    const all = [1, 2, 3, 4, 5, 6].map((value) => net.predict([[value]]));
    expect(all.map((each) => each.dataSync()[0])).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('the seed', () => {
  const kernelOf = (seed?: number) => sequential([input({ shape: [4] }), dense({ units: 3 })], { ...(seed !== undefined && { seed }) }).readWeights()[0]!.data;

  it('says what weights start from', () => {
    expect(kernelOf(3)).toEqual(kernelOf(3));
    expect(kernelOf(3)).not.toEqual(kernelOf(4));
    expect(kernelOf()).not.toEqual(kernelOf());
  });

  it('gives each weight numbers of its own', () => {
    const x = input({ shape: [4] });
    const [a, , b] = model({ inputs: x, outputs: dense({ units: 4 })(dense({ units: 4 })(x)), seed: 1 }).readWeights();
    expect(a!.data).not.toEqual(b!.data);
  });
});

describe('a model with a memory', () => {
  it('goes on from batch to batch until it is reset', () => {
    const net = sequential([input({ shape: [3, 1], batchSize: 2 }), gru({ units: 2, stateful: true })], { seed: 1 });
    const x = tf.ones([2, 3, 1]);
    const first = [...net.predict(x).dataSync()];
    expect([...net.predict(x).dataSync()]).not.toEqual(first);
    net.resetStates();
    expect([...net.predict(x).dataSync()]).toEqual(first);
    expect(net.getWeights().length).toBe(3);
  });

  it('takes the batches that its input fixes', async () => {
    const net = sequential([input({ shape: [3, 1], batchSize: 2 }), lstm({ units: 2, stateful: true }), dense({ units: 1 })], { seed: 1 });
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    expect((await net.fit(tf.ones([6, 3, 1]), tf.ones([6, 1]), { verbose: 0 })).epoch).toEqual([0]);
    expect(net.predict(tf.ones([4, 3, 1])).shape).toEqual([4, 1]);
    expect(await problemOf(() => net.fit(tf.ones([5, 3, 1]), tf.ones([5, 1]), { verbose: 0 })))
      .toBe('fit: has 5 examples, which are not whole batches of 2, the size that the model’s input fixes; leave some out or fill up'.replace('’', "'"));
    expect(await problemOf(() => net.predict(tf.ones([3, 3, 1])))).toMatch(/^predict: x: has 3 examples, which are not whole batches of 2/);
    expect(await problemOf(() => net.trainOnBatch(tf.ones([3, 3, 1]), tf.ones([3, 1])))).toMatch(/^trainOnBatch: has 3 examples/);
    expect(await problemOf(() => net.evaluate(tf.ones([4, 3, 1]), tf.ones([4, 1]), { batchSize: 4 })))
      .toBe("evaluate: batchSize is 4, but the model's input fixes it to 2; leave it out");
  });
});
