import { describe, expect, it } from 'vitest';
import { input, model, sequential, tf } from 'ibexjs';
import { add, dense, embedding, flatten, reshape } from 'ibexjs/layers';
import { problemOf } from '../helpers/problem.ts';

/** Gives its inputs back, so that what was understood can be seen. */
const echo = (shape: (number | null)[]) => sequential([input({ shape }), dense({ units: 2, useBias: false, kernelInitializer: 'identity' })]);
const net = () => echo([2]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];

describe('data', () => {
  it.each([
    ['nested arrays', [[1, 2], [3, 4]]],
    ['booleans', [[true, false], [false, true]]],
    ['a tensor', tf.tensor2d([[1, 2], [3, 4]])],
    ['an int32 tensor', tf.tensor2d([[1, 2], [3, 4]], [2, 2], 'int32')],
    ['a bool tensor', tf.tensor2d([[1, 0], [0, 1]], [2, 2], 'bool')],
    ['a typed array with a shape', { data: Uint8Array.of(1, 2, 3, 4), shape: [2, 2] }],
    ['doubles with a shape', { data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] }],
    ['a plain array with a shape', { data: [1, 2, 3, 4], shape: [2, 2] }],
  ] as const)('may be %s', (_, x) => {
    const out = echo([2]).predict(x as never);
    expect(out.shape).toEqual([2, 2]);
    expect(numbers(out)).toEqual([...(Array.isArray(x) ? x.flat().map(Number) : x instanceof tf.Tensor ? x.dataSync() : (x as { data: ArrayLike<number> }).data as never)]);
  });

  it('may be a typed array for each example', async () => {
    const rows = [Float32Array.of(1, 2), Float32Array.of(3, 4)];
    expect(numbers(echo([2]).predict(rows))).toEqual([1, 2, 3, 4]);
    expect(numbers(echo([2]).predict([Uint8Array.of(1, 2)]))).toEqual([1, 2]);
    expect(numbers(echo([2]).predict([Uint8Array.of(200, 2), Float32Array.of(0.5, 4)]))).toEqual([200, 2, 0.5, 4]);
    expect(numbers(sequential([input({ shape: [2, 1] }), flatten()]).predict(rows))).toEqual([1, 2, 3, 4]);
    // Squares of 1 and 0, 0 and 4; and of a list of one, which holds the targets of all.
    expect(await net().evaluate(rows, [Float32Array.of(2, 2), Float32Array.of(3, 2)])).toEqual({ loss: 1.25 });
    const line = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: 'ones' })]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    expect(await line.evaluate([Float32Array.of(1, 2)], [Float32Array.of(0, 0)])).toEqual({ loss: 2.5 });
  });

  it('may be fewer than a batch', async () => {
    expect((await net().fit([[1, 2]], [[0, 0]], { batchSize: 100, verbose: 0 })).history.loss).toEqual([2.5]);
  });

  it('of one number each need no column', async () => {
    const line = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: 'ones' })]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    for (const x of [[1, 2], Float32Array.of(1, 2), [[1], [2]], tf.tensor1d([1, 2])]) expect(numbers(line.predict(x))).toEqual([1, 2]);
    for (const y of [[0, 0], Float32Array.of(0, 0), [[0], [0]], [[[0]], [[0]]], tf.zeros([2])]) expect(await line.evaluate([1, 2], y as never)).toEqual({ loss: 2.5 });
  });

  it('are read when they are handed over', async () => {
    const x = [[1, 2], [3, 4]];
    const running = net().fit(x, x, { epochs: 3, batchSize: 1, verbose: 0 });
    x[0]![0] = NaN;
    expect((await running).history.loss).toEqual([0, 0, 0]);
  });
});

describe('bad x', () => {
  const fit = (x: unknown, y: unknown = [[0, 0]]) => problemOf(() => net().fit(x as never, y as never, { verbose: 0 }));

  it.each([
    ['nothing', undefined, 'fit: x: must be data, got nothing'],
    ['null', null, 'fit: x: must be data, got null'],
    ['a number', 3, 'fit: x: must be data, got 3'],
    ['a word', 'data.csv', 'fit: x: must be data, got "data.csv"'],
    ['an empty list', [], 'fit: x: is empty; give at least one example'],
    ['an empty tensor', tf.zeros([0, 2]), 'fit: x: is empty; give at least one example'],
    ['a scalar', tf.scalar(1), 'fit: x: is empty; give at least one example'],
    ['wrong widths', [[1, 2, 3]], 'fit: x: must have examples of shape [2], got [3]'],
    ['one example that is not in a list', [1, 2], 'fit: x: must have examples of shape [2], got single numbers; for one example, wrap it in a list of one: [x]'],
    ['a flat typed array', new Float32Array(8), 'fit: x: must have examples of shape [2], got single numbers; say how they are laid out: { data, shape: [examples, 2] }'],
    ['an axis too many', [[[1, 2]]], 'fit: x: must have examples of shape [2], got [1, 2]'],
    ['rows of different lengths', [[1, 2], [3, 4], [5]], 'fit: x: is ragged: the list at index 2 has 1 values, the first one has 2; give every row the same length'],
    ['a number among rows', [[1, 2], 3], 'fit: x: is ragged: at index 1 there is 3 where others have a list of 2; give every row the same length'],
    ['a row among numbers', [[1, 2], [3, [4]]], 'fit: x: is ragged: at index 1, 1 there is a list where others have a number; give every row the same length'],
    ['a hole', [[1, 2], [3, undefined]], 'fit: x: has no value at index 1, 1, but undefined; fill in or leave out missing values'],
    ['null to begin with', [[null, 2]], 'fit: x: has no value at index 0, 0, but null; fill in or leave out missing values'],
    ['a sparse array', [[1, 2], , [3, 4]], 'fit: x: is ragged: at index 1 there is undefined where others have a list of 2; give every row the same length'],
    ['a word among numbers', [[1, 2], [3, 'four']], 'fit: x: must hold numbers, but at index 1, 1 there is "four"'],
    ['words', [['male', 'first']], 'fit: x: must hold numbers, got "male" at example 0, value 0 of that example; encode words as numbers first'],
    ['a tensor of words', tf.tensor2d([['male', 'first']]), 'fit: x: must hold numbers, got "male" at example 0, value 0 of that example; encode words as numbers first'],
    ['big integers', [[1n, 2n]], 'fit: x: must hold numbers, but at index 0, 0 there is 1n'],
    ['an array of them', new BigInt64Array(2), 'fit: x: must hold numbers, got big integers; make an Int32Array or a Float32Array of them'],
    ['functions', [[() => 1, 2]], 'fit: x: must hold numbers, but at index 0, 0 there is a function'],
    ['NaN', [[1, 2], [3, NaN]], 'fit: x: is NaN at example 1, value 1 of that example; fill in or leave out missing values'],
    ['NaN in a tensor', tf.tensor2d([[NaN, 1]]), 'fit: x: is NaN at example 0, value 0 of that example; fill in or leave out missing values'],
    ['a shape that the numbers do not fill', { data: new Float32Array(3), shape: [2, 2] }, 'fit: x: has 3 numbers, but its shape [2, 2] asks for 4'],
    ['a shape that is none', { data: new Float32Array(4), shape: [-2, -2] }, 'fit: x: must have a shape of whole numbers, got [-2,-2]'],
    ['complex numbers', tf.complex([1, 2], [0, 0]), 'fit: x: is a tensor of complex numbers; give their real and imaginary parts as two'],
    ['typed arrays of several lengths', [new Float32Array(2), new Float32Array(2), new Float32Array(3)], 'fit: x: must have examples of one length, got 2 numbers at index 0 and 3 at index 2'],
    ['typed arrays of another length', [new Float32Array(3), new Float32Array(3)], 'fit: x: must have examples of shape [2], got [3]'],
    ['a list for several inputs', [tf.ones([1, 2]), tf.ones([1, 2])], 'fit: x: must have data for 1 place (input), got a list of 2'],
    ['a record with a foreign name', { inputs: [[1, 2]] }, 'fit: x: has data for "inputs", which is not a place of this model — did you mean "input"?'],
    ['an object that is no data', { input: { rows: 3 } }, 'fit: x: must be a tensor, a nested array, a typed array or { data, shape }, got {"rows":3}'],
  ])('%s', async (_, x, words) => {
    expect(await fit(x)).toBe(words);
  });

  it('a tensor that is gone', async () => {
    const x = tf.ones([1, 2]);
    x.dispose();
    expect(await fit(x)).toBe('fit: x: is a tensor that was disposed of; keep it until the call is done');
  });

  it('fractions for an input of whole numbers', async () => {
    const words = sequential([input({ shape: [2], dtype: 'int32' }), embedding({ inputDim: 5, outputDim: 2 }), flatten()]);
    expect(await problemOf(() => words.predict([[1, 1.5]]))).toBe('predict: x: must hold whole numbers, as its input is of dtype int32, got 1.5 at example 0, value 1 of that example');
    expect(words.predict([[1, 2]]).shape).toEqual([1, 4]);
  });

  it('a token that the embedding it goes into does not have, recorded or not', async () => {
    const build = (dtype: 'int32' | 'float32') => sequential([input({ shape: [2], dtype }), embedding({ inputDim: 5, outputDim: 2, name: 'words' }), flatten(), dense({ units: 1 })])
      .compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const must = 'must hold whole numbers from 0 to 4, as words (embedding) takes them, got';
    for (const dtype of ['int32', 'float32'] as const) {
      const net = build(dtype);
      for (let call = 0; call < 5; call++) net.predict([[0, 4]]).dispose();
      expect(await problemOf(() => net.predict([[1, 5]]))).toBe(`predict: x: ${must} 5 at example 0, value 1 of that example`);
      const x = Array.from({ length: 20 }, (_, i) => [i === 17 ? -1 : 1, 4]);
      expect(await problemOf(() => net.fit(x, x.map(() => 1), { batchSize: 2, verbose: 0 }))).toBe(`fit: x: ${must} -1 at example 17, value 0 of that example`);
    }
  });

  it('an iterable, where one batch is asked for', async () => {
    const batches = () => [[[1, 2]]].values();
    const words = 'must be data, got an iterable; fit and evaluate take iterables of batches, elsewhere hand over one batch at a time';
    expect(await problemOf(() => net().predict(batches() as never))).toBe(`predict: x: ${words}`);
    expect(await problemOf(() => net().trainOnBatch(batches() as never, [[0, 0]]))).toBe(`trainOnBatch: x: ${words}`);
  });

  it('numbers for an input of words', async () => {
    const x = input({ shape: [2], dtype: 'string' });
    const same = model({ inputs: x, outputs: x });
    expect(await problemOf(() => same.predict([[1, 2]]))).toBe('predict: x: must hold strings, got 1 at example 0, value 0 of that example');
  });

  it('is refused everywhere in the same words', async () => {
    const bad = [[1, NaN]];
    const words = 'x: is NaN at example 0, value 1 of that example; fill in or leave out missing values';
    const zeros = [[0, 0]];
    expect(await problemOf(() => net().predict(bad))).toBe(`predict: ${words}`);
    expect(await problemOf(() => net().evaluate(bad, zeros))).toBe(`evaluate: ${words}`);
    expect(await problemOf(() => net().trainOnBatch(bad, zeros))).toBe(`trainOnBatch: ${words}`);
    expect(await problemOf(() => net().testOnBatch(bad, zeros))).toBe(`testOnBatch: ${words}`);
    expect(await problemOf(() => net().fit(zeros, zeros, { validationData: [bad, zeros] }))).toBe(`fit: validationData: ${words}`);
  });
});

describe('bad y', () => {
  const fit = (loss: string, width: number, y: unknown, x: unknown = [[1, 2], [3, 4]]) => problemOf(() => sequential([input({ shape: [2] }), dense({ units: width, activation: 'sigmoid' })])
    .compile({ optimizer: 'sgd', loss: loss as never }).fit(x as never, y as never, { verbose: 0 }));

  it.each([
    ['none', 'meanSquaredError', 1, undefined, 'fit: y: is missing: give the targets to learn'],
    ['null', 'meanSquaredError', 1, null, 'fit: y: is missing: give the targets to learn'],
    ['too few', 'meanSquaredError', 1, [1], 'fit: y: must have as many examples as x: x has 2, y has 1'],
    ['empty', 'meanSquaredError', 1, [], 'fit: y: must have as many examples as x: x has 2, y has 0'],
    ['NaN', 'meanSquaredError', 1, [1, NaN], 'fit: y: is NaN at example 1; fill in or leave out missing values'],
    ['words', 'sparseCategoricalCrossentropy', 3, ['cat', 'dog'], 'fit: y: must hold numbers, got "cat" at example 0; encode words as numbers first'],
    ['too wide', 'meanSquaredError', 1, [[1, 2], [3, 4]], 'fit: y: must have examples of shape [1], as the model gives them, got [2]'],
    ['too narrow', 'meanAbsoluteError', 3, [1, 2], 'fit: y: must have examples of shape [3], as the model gives them, got single numbers'],
    ['too wide for probabilities', 'binaryCrossentropy', 1, [[0, 1], [1, 0]], 'fit: y: must have examples of shape [1], as the model gives them, got [2]'],
    ['an axis too many', 'meanSquaredError', 2, [[[1, 2]], [[3, 4]]], 'fit: y: must have examples of shape [2], as the model gives them, got [1, 2]'],
    ['outside 0..1', 'binaryCrossentropy', 1, [0, 2], 'fit: y: target 2 at row 1 is outside 0..1'],
    ['labels for one-hot rows', 'categoricalCrossentropy', 3, [0, 2], 'fit: y: targets have 1 column, the model gives 3; for integer labels use sparseCategoricalCrossentropy'],
    ['one-hot rows of other classes', 'categoricalCrossentropy', 3, [[1, 0], [0, 1]], 'fit: y: targets have 2 columns, the model gives 3; for integer labels use sparseCategoricalCrossentropy'],
    ['one-hot rows for labels', 'sparseCategoricalCrossentropy', 3, [[1, 0, 0], [0, 1, 0]], 'fit: y: must be labels of shape [], one whole number for each example or step, got [3]; for one-hot rows use categoricalCrossentropy'],
    ['a label too large', 'sparseCategoricalCrossentropy', 3, [0, 3], 'fit: y: label 3 at row 1, but the model has 3 classes (0–2)'],
    ['a negative label', 'sparseCategoricalCrossentropy', 3, [-1, 0], 'fit: y: label -1 at row 0 is negative; labels count the classes from 0'],
    ['half a label', 'sparseCategoricalCrossentropy', 3, [0.5, 0], 'fit: y: label 0.5 at row 0 is not a whole number; labels count the classes from 0'],
  ] as [string, string, number, unknown, string][])('%s', async (_, loss, width, y, words) => {
    expect(await fit(loss, width, y)).toBe(words);
  });

  it.each(['meanSquaredError', 'meanAbsoluteError', 'huber', 'logCosh', 'poisson', 'hinge', 'squaredHinge', 'cosineSimilarity', 'klDivergence', 'binaryCrossentropy', 'binaryFocalCrossentropy', 'dice', 'tversky'])('of the wrong width for %s', async (loss) => {
    expect(await fit(loss, 3, [[0, 1], [1, 0]])).toBe('fit: y: must have examples of shape [3], as the model gives them, got [2]');
  });

  it('names the output', async () => {
    const x = input({ shape: [2] });
    const two = model({ inputs: x, outputs: [dense({ units: 1, name: 'left' })(x), dense({ units: 3, name: 'right' })(x)] }).compile({ optimizer: 'sgd', loss: ['meanSquaredError', 'sparseCategoricalCrossentropy'] });
    expect(await problemOf(() => two.fit([[1, 2]], [[1], [7]], { verbose: 0 }))).toBe('fit: y "right": label 7 at row 0, but the model has 3 classes (0–2)');
    expect(await problemOf(() => two.fit([[1, 2]], { left: [1], rigth: [0] }, { verbose: 0 }))).toBe('fit: y: has data for "rigth", which is not a place of this model — did you mean "right"?');
    expect(await problemOf(() => two.fit([[1, 2]], [[1], null] as never, { verbose: 0 }))).toBe('fit: y: has no data for "right"; expected left, right');
    expect(await problemOf(() => two.fit([[1, 2]], [1], { verbose: 0 }))).toBe('fit: y: must have data for 2 places (left, right), got one array; give a list or a record');
  });
});

describe('bad weights', () => {
  const fit = (options: object) => problemOf(() => net().fit([[1, 2], [3, 4]], [[0, 0], [0, 0]], { verbose: 0, ...options }));

  it.each([
    ['NaN', { sampleWeight: [1, NaN] }, 'fit: sampleWeight: is NaN at example 1; fill in or leave out missing values'],
    ['too few', { sampleWeight: [1] }, 'fit: sampleWeight: must have one weight for each of the 2 examples, [2]; got [1]'],
    ['too wide', { sampleWeight: [[1, 2], [3, 4]] }, 'fit: sampleWeight: must have one weight for each of the 2 examples, [2]; got [2, 2]'],
    ['words', { sampleWeight: ['a', 'b'] }, 'fit: sampleWeight: must hold numbers, got "a" at example 0; encode words as numbers first'],
    ['no class', { classWeight: { survived: 2 } }, 'fit: classWeight: names the class "survived"; classes are labels, counted from 0'],
    ['a negative one', { classWeight: { 0: -1 } }, 'fit: classWeight: must have a number of at least 0 for class 0, got -1'],
    ['a broken one', { classWeight: { 0: NaN } }, 'fit: classWeight: must have a number of at least 0 for class 0, got NaN'],
    ['a list', { classWeight: [1, 2] }, 'fit: classWeight: must be a record of weights by label, such as { 0: 1, 1: 5 }, got [1,2]'],
  ])('%s', async (_, options, words) => {
    expect(await fit(options)).toBe(words);
  });

  it('for steps that there are not', async () => {
    const steps = sequential([input({ shape: [3, 1] }), reshape({ targetShape: [3, 1] })]).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const zeros = tf.zeros([2, 3, 1]);
    expect(await problemOf(() => steps.evaluate(zeros, zeros, { sampleWeight: [[1, 2], [3, 4]] })))
      .toBe('evaluate: sampleWeight: must have one weight for each of the 2 examples, [2], or one for each of their steps, [2, 3]; got [2, 2]');
  });

  it('by class for several outputs', async () => {
    const x = input({ shape: [1] });
    const two = model({ inputs: x, outputs: [dense({ units: 1 })(x), add()([x, x])] }).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    expect(await problemOf(() => two.fit([1], [[1], [1]], { classWeight: { 0: 1 }, verbose: 0 }))).toBe('fit: classWeight: goes with models of one output; use sampleWeight, by output');
    expect(await problemOf(() => two.evaluate([1], [[1], [1]], { sampleWeight: { dense: [1], ad: [1] } }))).toBe('evaluate: sampleWeight: has data for "ad", which is not a place of this model — did you mean "add"?');
  });
});
