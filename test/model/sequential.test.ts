import { describe, expect, it } from 'vitest';
import { input, sequential, tf } from 'ibexjs';
import { dense, dropout, embedding, flatten, lstm } from 'ibexjs/layers';
import { problemOf } from '../helpers/problem.ts';

const shapeOf = (tensor: tf.Tensor) => {
  const { shape } = tensor;
  tensor.dispose();
  return shape;
};

describe('a stack with an input', () => {
  it('has its weights at once', () => {
    const net = sequential([input({ shape: [3] }), dense({ units: 2 }), dense({ units: 1 })], { name: 'small' });
    expect(net.name).toBe('small');
    expect(net.layers.map(({ name }) => name)).toEqual(['dense', 'dense_1']);
    expect(net.countParams()).toBe(3 * 2 + 2 + 2 * 1 + 1);
    expect(net.inputs.map(({ shape }) => shape)).toEqual([[3]]);
    expect(net.output.shape).toEqual([1]);
  });

  it('computes the layers one after the other', () => {
    const net = sequential([input({ shape: [2] }), dense({ units: 2, useBias: false }), dense({ units: 1 })]);
    net.setWeights([[[1, 2], [3, 4]], [[10], [100]], [0.5]]);
    // [1, 1] · [[1, 2], [3, 4]] = [4, 6]; 4 · 10 + 6 · 100 + 0.5
    expect([...net.predict([[1, 1], [0, 1]]).dataSync()]).toEqual([640.5, 430.5]);
  });

  it('takes time of any length', () => {
    const net = sequential([input({ shape: [null, 3] }), lstm({ units: 4 }), dense({ units: 2 })]);
    expect(shapeOf(net.predict(tf.ones([5, 7, 3])))).toEqual([5, 2]);
    expect(shapeOf(net.predict(tf.ones([5, 2, 3])))).toEqual([5, 2]);
  });

  it('takes whole numbers', () => {
    const net = sequential([input({ shape: [4], dtype: 'int32' }), embedding({ inputDim: 10, outputDim: 3 }), flatten()]);
    const [table] = net.getWeights();
    const looked = net.predict([[1, 9, 0, 1]]);
    const rows = tf.gather(table!, tf.tensor1d([1, 9, 0, 1], 'int32'));
    expect([...looked.dataSync()]).toEqual([...rows.dataSync()]);
  });
});

describe('a stack without an input', () => {
  const build = () => sequential([dense({ units: 4 }), dense({ units: 1 })], { seed: 1 });

  it('is built by the first data', async () => {
    const net = build();
    expect(net.built).toBe(false);
    expect(net.layers.length).toBe(2);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await net.fit(tf.ones([8, 3]), tf.ones([8, 1]), { verbose: 0 });
    expect(net.inputs[0]!.shape).toEqual([3]);
    expect(net.countParams()).toBe(3 * 4 + 4 + 4 + 1);
  });

  it.each([
    ['nested arrays', [[1, 2], [3, 4], [5, 6]], [2]],
    ['single numbers', [1, 2, 3], [1]],
    ['a typed array with a shape', { data: new Float32Array(12), shape: [3, 4] }, [4]],
    ['a list of one input', [tf.ones([3, 5])], [5]],
  ] as const)('understands %s', (_, x, shape) => {
    const net = build();
    expect(shapeOf(net.predict(x as never))).toEqual([3, 1]);
    expect(net.inputs[0]!.shape).toEqual(shape);
  });

  it('is built by a model in the first place', async () => {
    const body = sequential([input({ shape: [4], batchSize: 2, dtype: 'int32' }), embedding({ inputDim: 3, outputDim: 2 })], { seed: 1 });
    const net = sequential([body, flatten(), dense({ units: 1 })], { seed: 2 });
    expect(net.countParams()).toBe(6 + 9);
    expect(net.inputs.map(({ shape, dtype, node }) => [shape, dtype, node.batchSize])).toEqual([[[4], 'int32', 2]]);
    expect(await problemOf(() => sequential([body, dense({ units: 1 }), lstm({ units: 1 }), lstm({ units: 1 })]))).toMatch(/^sequential, layer 4 \(lstm\): takes examples with 2 axes/);
    // One that has seen no data waits for them, as any layer does.
    expect(sequential([build(), dense({ units: 2 })]).built).toBe(false);
  });

  it('is built by evaluate as well', async () => {
    const net = build().compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    expect(await net.evaluate([[1, 2]], [1])).toHaveProperty('loss');
    expect(net.built).toBe(true);
  });

  it('says so where its shape is asked for too early', async () => {
    const words = /^sequential: has no input shape yet; begin with input\(\{ shape \}\)/;
    for (const ask of [(net: ReturnType<typeof build>) => net.summary(), (net) => net.countParams(), (net) => net.getWeights(), (net) => net.outputs] as ((net: ReturnType<typeof build>) => unknown)[]) {
      expect(await problemOf(() => ask(build()))).toMatch(words);
    }
  });

  it('does not learn its shape from an iterable', async () => {
    const net = build().compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const batches = (function* () { yield [[[1, 2]], [1]] as const; })();
    expect(await problemOf(() => net.fit(batches))).toBe('fit: the shape of the input is not known yet, and an iterable does not say it beforehand; begin the model with input({ shape })');
  });

  it('stays without a shape when the first data do not fit its layers', async () => {
    const net = sequential([lstm({ units: 2 }), dense({ units: 1 })]);
    expect(await problemOf(() => net.predict([[1, 2]]))).toMatch(/^sequential, layer 1 \(lstm\): /);
    expect(net.built).toBe(false);
    expect(shapeOf(net.predict([[[1, 2]]]))).toEqual([1, 1]);
  });
});

describe('what a stack refuses', () => {
  const layer = dense({ units: 1 });
  it.each([
    ['no list', () => sequential(layer as never), 'sequential: takes a list of layers, got a function'],
    ['an empty list', () => sequential([]), 'sequential: has no layers; give at least one'],
    ['a factory', () => sequential([input({ shape: [2] }), dense as never]), 'sequential: takes layers, got the factory dense at place 2; if it is a factory, call it: dense({ … })'],
    ['what is no layer', () => sequential([input({ shape: [2] }), 'dense' as never]), 'sequential: takes layers, got "dense" at place 2'],
    ['nothing', () => sequential([input({ shape: [2] }), undefined as never]), 'sequential: takes layers, got nothing at place 2'],
    ['an input further on', () => sequential([layer, input({ shape: [2] })]), 'sequential: input() goes first, not at place 2'],
    ['two inputs', () => sequential([input({ shape: [2] }), input({ shape: [2] }), layer]), 'sequential: input() goes first, not at place 2'],
    ['the output of a layer', () => sequential([layer, dense({ units: 1 })(input({ shape: [2] }))]), 'sequential: takes layers, not the tensors that they give, at place 2'],
    ['the output of a layer to begin with', () => sequential([dense({ units: 1 })(input({ shape: [2] })), layer]), 'sequential: begins with the output of a layer; begin with input({ shape }), or use model() to go on from a layer'],
    ['a layer twice', () => sequential([input({ shape: [2] }), layer, dropout({ rate: 0.5 }), layer]), 'sequential: has one layer twice, at places 2 and 4; make another, or share it in a functional model'],
    ['an option that there is not', () => sequential([layer], { sed: 1 } as never), 'sequential: unknown option "sed" — did you mean "seed"?'],
    ['a broken seed', () => sequential([layer], { seed: 1.5 }), 'sequential: seed must be an int, got 1.5'],
    ['a negative seed', () => sequential([layer], { seed: -1 }), 'sequential: seed must be at least 0, got -1'],
    ['a name that is none', () => sequential([layer], { name: 5 as never }), 'sequential: name must be a string, got 5'],
    ['a layer that does not fit the one before', () => sequential([input({ shape: [4] }), dense({ units: 2 }), lstm({ units: 2 })]), 'sequential, layer 2 (lstm): takes examples with 2 axes, but here one example is [2]; put reshape({ targetShape }) before it'],
  ])('%s', async (_, make, words) => {
    expect(await problemOf(make)).toBe(words);
  });

  it('a layer that does not fit, by its name if it has one', async () => {
    expect(await problemOf(() => sequential([input({ shape: [4] }), lstm({ units: 2, name: 'reader' })]))).toMatch(/^sequential, layer 1 \(lstm "reader"\): takes examples with 2 axes/);
  });
});
