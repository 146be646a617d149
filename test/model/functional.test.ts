import { describe, expect, it } from 'vitest';
import { initializers, input, model, sequential, tf, type Tensor } from 'ibexjs';
import { add, concatenate, dense, flatten, lstm } from 'ibexjs/layers';
import { problemOf } from '../helpers/problem.ts';

const numbers = (tensor: Tensor) => [...tensor.dataSync()];
const scale = (by: number, name?: string) => dense({ units: 1, useBias: false, kernelInitializer: initializers.constant({ value: by }), name });

describe('inputs and outputs', () => {
  const twoIn = () => {
    const [a, b] = [input({ shape: [1], name: 'a' }), input({ shape: [1], name: 'b' })];
    return { a, b, sum: add()([scale(1)(a), scale(10)(b)]), product: scale(100)(a) };
  };

  it('go as arrays', () => {
    const { a, b, sum, product } = twoIn();
    const net = model({ inputs: [a, b], outputs: [sum, product] });
    const [first, second] = net.predict([[[1], [2]], [[3], [4]]]);
    expect(numbers(first)).toEqual([31, 42]);
    expect(numbers(second)).toEqual([100, 200]);
  });

  it('go as records', () => {
    const { a, b, sum, product } = twoIn();
    const net = model({ inputs: { right: b, left: a }, outputs: { sum, product } });
    const out = net.predict({ left: [[1]], right: [[3]] });
    expect(Object.keys(out).sort()).toEqual(['product', 'sum']);
    expect(numbers(out.sum)).toEqual([31]);
    expect(numbers(out.product)).toEqual([100]);
  });

  it('take data by the names of inputs, whatever form the model has', () => {
    const { a, b, sum } = twoIn();
    expect(numbers(model({ inputs: [a, b], outputs: sum }).predict({ b: [3], a: [1] }))).toEqual([31]);
    expect(numbers(model({ inputs: { x: a, y: b }, outputs: sum }).predict({ b: [3], a: [1] }))).toEqual([31]);
  });

  it('take a list of tensors, nested arrays and typed arrays side by side', () => {
    const { a, b, sum } = twoIn();
    expect(numbers(model({ inputs: [a, b], outputs: sum }).predict([tf.tensor2d([[1]]), Float32Array.of(3)]))).toEqual([31]);
  });

  it('may be unused, and may go through as they are', () => {
    const { a, b } = twoIn();
    const net = model({ inputs: [a, b], outputs: [a, scale(2)(a)] });
    const x = tf.tensor2d([[5]]);
    const [same, twice] = net.predict([x, [7]]);
    expect(numbers(same)).toEqual([5]);
    expect(numbers(twice)).toEqual([10]);
    same.dispose();
    expect(x.isDisposed).toBe(false);
  });

  it('are refused in words', async () => {
    const { a, b, sum } = twoIn();
    const net = model({ inputs: [a, b], outputs: sum });
    expect(await problemOf(() => net.predict([[1]]))).toBe('predict: x: must have data for 2 places (a, b), got one array; give a list or a record');
    expect(await problemOf(() => net.predict([tf.ones([1, 1])]))).toBe('predict: x: must have data for 2 places (a, b), got a list of 1');
    expect(await problemOf(() => net.predict({ a: [1] }))).toBe('predict: x: has no data for "b"; expected a, b');
    expect(await problemOf(() => net.predict({ a: [1], b: [2], third: [3] }))).toBe('predict: x: has data for "third", which is not a place of this model — known: a, b');
    expect(await problemOf(() => net.predict({ a: [1], b: [2, 3] }))).toBe('predict: x: must have as many examples everywhere: "a" has 1, "b" has 2');
    expect(await problemOf(() => net.predict({ a: [1], b: [[2, 3]] }))).toBe('predict: x "b": must have examples of shape [1], got [2]');
  });
});

describe('outputs of a layer', () => {
  it('can be taken apart, and each go its own way', () => {
    const x = input({ shape: [3, 2] });
    const [sequence, hidden] = lstm({ units: 4, returnSequences: true, returnState: true })(x);
    const net = model({ inputs: x, outputs: [dense({ units: 1 })(sequence!), hidden!] });
    const [each, last] = net.predict(tf.ones([5, 3, 2]));
    expect(each.shape).toEqual([5, 3, 1]);
    expect(last.shape).toEqual([5, 4]);
    expect(net.network.outputNames).toEqual(['dense', 'lstm']);
  });

  it('have names that differ when one layer gives them all', () => {
    const x = input({ shape: [3, 2] });
    const [, hidden, cell] = lstm({ units: 4, returnState: true })(x);
    expect(model({ inputs: x, outputs: [hidden!, cell!] }).network.outputNames).toEqual(['lstm', 'lstm_1']);
  });
});

describe('what a model refuses', () => {
  const x = input({ shape: [2], name: 'x' });
  const y = dense({ units: 1 })(x);
  it.each([
    ['no inputs', () => model({ outputs: y } as never), 'model: `inputs` must be a symbolic tensor, a list or a record of them, as input({ shape }) and calls of layers give them, got nothing'],
    ['an empty list', () => model({ inputs: [], outputs: y }), 'model: `inputs` must be a symbolic tensor, a list or a record of them, as input({ shape }) and calls of layers give them, got []'],
    ['numbers for tensors', () => model({ inputs: x, outputs: [y, 3 as never] }), 'model: `outputs` must be a symbolic tensor, a list or a record of them, as input({ shape }) and calls of layers give them, got 3'],
    ['a layer for its output', () => model({ inputs: x, outputs: dense({ units: 1 }) as never }), 'model: `outputs` must be a symbolic tensor, a list or a record of them, as input({ shape }) and calls of layers give them, got the layer dense, which is to be called on one'],
    ['a misspelt option', () => model({ inputs: x, output: y } as never), 'model: unknown option "output" — did you mean "outputs"?'],
    ['no options', () => model(undefined as never), 'model: options missing: expected object'],
    ['an input twice', () => model({ inputs: [x, x], outputs: y }), 'model: has one input twice among `inputs`; list each once'],
    ['an output that needs another input', () => model({ inputs: input({ shape: [2] }), outputs: y }), 'model: an output needs the input "x", which is not among `inputs`; add it there'],
    ['the same of an input without a name', () => model({ inputs: x, outputs: flatten()(input({ shape: [null, 3] })), name: 'net' }), 'net: an output needs the input of shape [?, 3], which is not among `inputs`; add it there'],
    ['two layers of one name', () => model({ inputs: x, outputs: dense({ units: 1, name: 'twin' })(dense({ units: 1, name: 'twin' })(x)) }), 'model: has two layers named "twin"; give one of them another name'],
    ['an input named as a layer', () => model({ inputs: x, outputs: dense({ units: 1, name: 'x' })(x) }), 'model: has two layers named "x"; give one of them another name'],
  ])('%s', async (_, make, words) => {
    expect(await problemOf(make)).toBe(words);
  });

  it('a call on numbers', async () => {
    const net = sequential([input({ shape: [2] }), dense({ units: 1 })], { name: 'net' });
    expect(await problemOf(() => net([[1, 2]] as never))).toBe('net: is called on symbolic tensors, as in dense({ units: 1 })(input({ shape: [4] })), got [[1,2]]; what a layer of a model gives is model.outputOf(name), and for numbers there is predict()');
  });

  it('a layer that is called with shapes that it cannot share its weights over', async () => {
    const shared = dense({ units: 3, name: 'shared' });
    const [a, b] = [input({ shape: [4] }), input({ shape: [5] })];
    expect(await problemOf(() => model({ inputs: [a, b], outputs: concatenate()([shared(a), shared(b)]) })))
      .toBe('shared: its kernel has shape [4, 3] from an earlier call, but this input needs [5, 3]; a layer that is shared takes inputs of one shape');
    // Another model may have it with one of them, but then not with the other.
    const first = model({ inputs: a, outputs: shared(a) });
    expect(await problemOf(() => model({ inputs: b, outputs: shared(b) }))).toMatch(/^shared: its kernel has shape \[4, 3\] from an earlier call/);
    first.dispose();
    expect(model({ inputs: b, outputs: shared(b) }).countParams()).toBe(5 * 3 + 3);
  });

  it('weights that cannot start as they should, and leaves none behind', async () => {
    const before = tf.memory().numTensors;
    const bad = () => model({ inputs: x, outputs: dense({ units: 3, kernelInitializer: 'zeros', biasInitializer: 'identity' })(dense({ units: 2 })(x)) });
    expect(await problemOf(bad)).toMatch(/identity: starts matrices only/);
    expect(tf.memory().numTensors).toBe(before);
  });
});
