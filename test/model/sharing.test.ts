import { describe, expect, it } from 'vitest';
import { input, model, sequential, tf, type Tensor } from 'ibexjs';
import { add, dense, dropout, flatten } from 'ibexjs/layers';
import { sgd } from 'ibexjs/optimizers';
import { problemOf } from '../helpers/problem.ts';

const numbers = (tensor: Tensor) => [...tensor.dataSync()];
const weightsOf = (net: { getWeights(): Tensor[] }) => net.getWeights().map((tensor) => {
  const values = numbers(tensor);
  tensor.dispose();
  return values;
});
const one = (name?: string) => dense({ units: 1, useBias: false, kernelInitializer: 'ones', name });

describe('a layer that is called twice', () => {
  it('has one set of weights, whose gradients add up', async () => {
    const [a, b] = [input({ shape: [1] }), input({ shape: [1] })];
    const shared = one();
    const net = model({ inputs: [a, b], outputs: add()([shared(a), shared(b)]) });
    expect(net.countParams()).toBe(1);
    net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    await net.trainOnBatch([[[2]], [[3]]], [[0]]);
    // loss = (2w + 3w)², slope = 2 · 5w · 5 = 50 at w = 1
    expect(weightsOf(net)[0]![0]).toBeCloseTo(1 - 0.1 * 50, 5);
  });

  it('learns as one weight that two models share', async () => {
    const shared = one('shared');
    const first = sequential([input({ shape: [1] }), shared]);
    const second = sequential([input({ shape: [1] }), shared, dense({ units: 1, useBias: false, kernelInitializer: 'ones' })]);
    first.compile({ optimizer: sgd({ learningRate: 0.5 }), loss: 'meanSquaredError' });
    await first.trainOnBatch([[1]], [[2]]);
    // slope = 2 (w − 2) = −2 at w = 1
    expect(numbers(second.predict([[3]]))).toEqual([6]);
    first.dispose();
    expect(numbers(second.predict([[3]]))).toEqual([6]);
  });
});

describe('a model in a model', () => {
  const encoder = () => sequential([input({ shape: [3] }), dense({ units: 2, activation: 'tanh' })], { name: 'encoder', seed: 3 });

  it('is a layer of a functional one, and shares its weights with it', async () => {
    const inner = encoder();
    const x = input({ shape: [3] });
    const net = model({ inputs: x, outputs: dense({ units: 1 })(inner(x)), seed: 4 });
    expect(net.layers.map(({ name }) => name)).toEqual(['encoder', 'dense']);
    expect(net.countParams()).toBe(3 * 2 + 2 + 2 + 1);
    const before = numbers(inner.predict([[1, 2, 3]]));
    net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    await net.fit([[1, 2, 3]], [5], { verbose: 0 });
    expect(numbers(inner.predict([[1, 2, 3]]))).not.toEqual(before);
    const [kernel] = weightsOf(net);
    expect(weightsOf(inner)[0]).toEqual(kernel);
  });

  it('can stand in a stack, and a stack in it', () => {
    const x = input({ shape: [3] });
    const branch = model({ inputs: x, outputs: add()([dense({ units: 2 })(x), dense({ units: 2 })(x)]), seed: 1 });
    const net = sequential([input({ shape: [3] }), sequential([branch, dense({ units: 4 })]), dense({ units: 1 })], { seed: 2 });
    expect(net.countParams()).toBe(2 * (3 * 2 + 2) + (2 * 4 + 4) + (4 + 1));
    expect(net.predict(tf.ones([2, 3])).shape).toEqual([2, 1]);
  });

  it('can be called twice', () => {
    const inner = sequential([input({ shape: [1] }), one()]);
    const [a, b] = [input({ shape: [1] }), input({ shape: [1] })];
    const net = model({ inputs: [a, b], outputs: add()([inner(a), inner(b)]) });
    expect(numbers(net.predict([[[2]], [[3]]]))).toEqual([5]);
    expect(net.countParams()).toBe(1);
  });

  it('may have several inputs and outputs', () => {
    const [a, b] = [input({ shape: [1] }), input({ shape: [1] })];
    const swap = model({ inputs: [a, b], outputs: [b, a] });
    const [x, y] = [input({ shape: [1] }), input({ shape: [1] })];
    const [first, second] = swap([x, y]);
    const net = model({ inputs: [x, y], outputs: [first!, second!] });
    const [left, right] = net.predict([[[1]], [[2]]]);
    expect([numbers(left), numbers(right)]).toEqual([[2], [1]]);
  });

  it('behaves as in training where the outer one trains', async () => {
    const noisy = sequential([input({ shape: [64] }), dropout({ rate: 0.5 })]);
    const net = sequential([input({ shape: [64] }), noisy, dense({ units: 1, useBias: false, kernelInitializer: 'ones' })], { seed: 1 });
    net.compile({ optimizer: sgd({ learningRate: 0 }), loss: (_, yPred) => yPred });
    const { loss } = await net.trainOnBatch(tf.ones([1, 64]), [[0]]);
    expect(loss).not.toBe(64);
    expect((await net.testOnBatch(tf.ones([1, 64]), [[0]])).loss).toBe(64);
  });

  it('takes its weights from the outer model’s seed, if it had no data before', () => {
    const build = () => sequential([input({ shape: [3] }), sequential([dense({ units: 2 })]), dense({ units: 1 })], { seed: 7 });
    expect(weightsOf(build())).toEqual(weightsOf(build()));
  });

  it('goes with the outer model, unless it was used by itself', () => {
    const before = tf.memory().numTensors;
    const stack = sequential([dense({ units: 2 })]);
    const outer = sequential([input({ shape: [3] }), stack]);
    outer.dispose();
    expect(tf.memory().numTensors).toBe(before);

    const kept = encoder();
    sequential([input({ shape: [3] }), kept, dense({ units: 1 })]).dispose();
    expect(numbers(kept.predict([[1, 2, 3]])).length).toBe(2);
    kept.dispose();
  });

  it('refuses what it does not take', async () => {
    const inner = encoder();
    expect(await problemOf(() => inner(input({ shape: [4] })))).toMatch(/^encoder: takes examples of shape \[3\] at "input(_\d)?", but here one example is \[4\]$/);
    expect(await problemOf(() => inner([input({ shape: [3] }), input({ shape: [3] })]))).toMatch(/^encoder: takes 1 inputs \(input\), got 2$/);
  });
});

describe('a model that begins in the middle of another', () => {
  const base = () => sequential([
    input({ shape: [2, 2] }), dense({ units: 3, name: 'first' }), flatten({ name: 'flatten' }), dense({ units: 4, name: 'second' }), dense({ units: 1, name: 'head' }),
  ], { seed: 1, name: 'base' });

  it('has the weights behind the cut alone', () => {
    const whole = base();
    const tail = model({ inputs: whole.outputOf('flatten'), outputs: whole.outputs });
    expect(tail.layers.map(({ name }) => name)).toEqual(['second', 'head']);
    expect(tail.countParams()).toBe(6 * 4 + 4 + 4 + 1);
    const head = model({ inputs: whole.inputs, outputs: whole.outputOf('flatten') });
    const x = tf.randomNormal([3, 2, 2]);
    expect(numbers(tail.predict(head.predict(x))[0]!)).toEqual(numbers(whole.predict(x)));
    expect(tail.inputs[0]!.shape).toEqual([6]);
  });

  it('can go on from where another leaves off', async () => {
    const whole = base();
    const net = model({ inputs: whole.inputs[0]!, outputs: dense({ units: 5 })(whole.outputOf('flatten')), seed: 2 });
    expect(net.layers.map(({ name }) => name)).toEqual(['first', 'flatten', 'dense']);
    expect(net.predict(tf.ones([1, 2, 2])).shape).toEqual([1, 5]);
  });

  it('trains what is new and leaves what is frozen as it was, to the last bit', async () => {
    const whole = base();
    whole.trainable = false;
    const before = weightsOf(whole);
    const net = model({ inputs: whole.inputs[0]!, outputs: dense({ units: 1 })(whole.outputOf('flatten')), seed: 2 });
    const start = weightsOf(net).at(-2)!;
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const lines: string[] = [];
    net.summary({ print: (line) => lines.push(line) });
    expect(lines.at(-1)).toBe('Total parameters: 16 (64 B), of which 7 trainable and 9 not');
    await net.fit(tf.randomNormal([64, 2, 2]), tf.ones([64, 1]), { epochs: 5, verbose: 0 });
    expect(weightsOf(whole)).toEqual(before);
    expect(weightsOf(net).at(-2)).not.toEqual(start);

    // Thawed, it learns again.
    whole.trainable = true;
    await net.fit(tf.randomNormal([64, 2, 2]), tf.ones([64, 1]), { epochs: 1, verbose: 0 });
    expect(weightsOf(whole)[0]).not.toEqual(before[0]);
  });

  it('cannot need what lies before the cut', async () => {
    const x = input({ shape: [2], name: 'x' });
    const middle = dense({ units: 2 })(x);
    expect(await problemOf(() => model({ inputs: middle, outputs: add()([dense({ units: 2 })(middle), x]) })))
      .toBe('model: an output needs the input "x", which is not among `inputs`; add it there');
  });
});
