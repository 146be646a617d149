/** Keras 3.15.1's numbers: `n = L.Normalization(**options); n.adapt(x); n(x)` with the `x` below. */
import { beforeAll, describe, expect, test } from 'vitest';
import { input, layers, model, optimizers, sequential, setBackend, tf, type Model, type NdArray, type Tensor } from 'ibexjs';
import { engines } from '../engines.ts';

const x = [[[1, 2], [3, 5], [0, -1]], [[4, 4], [2, 2], [7, 0.5]]];
const flat: NdArray = { data: Float32Array.from(x.flat(2)), shape: [2, 3, 2] };
const close = (numbers: readonly number[]) => numbers.map((n) => expect.closeTo(n, 5));

const cases = [
  [{}, [2.8333332538604736, 2.0833332538604736], [5.138889312744141, 4.034721851348877],
    [-0.8087360262870789, -0.0414869524538517, 0.07352149486541748, 1.4520447254180908, -1.2498648166656494, -1.5350186824798584, 0.514650285243988, 0.9542008638381958, -0.3676072657108307, -0.0414869524538517, 1.8380366563796997, -0.7882528305053711]],
  [{ axis: 1 }, [2.75, 3, 1.625], [1.6875, 1.5, 9.921875],
    [-1.3471506834030151, -0.5773503184318542, 0, 1.6329931020736694, -0.5158892869949341, -0.8333595991134644, 0.9622504711151123, 0.9622504711151123, -0.8164965510368347, -0.8164965510368347, 1.7064030170440674, -0.35715413093566895]],
  [{ axis: null }, [2.4583332538604736], [4.72743034362793],
    [-0.6707245707511902, -0.21079912781715393, 0.24912633001804352, 1.1689772605895996, -1.1306500434875488, -1.5905754566192627, 0.709051787853241, 0.709051787853241, -0.21079912781715393, -0.21079912781715393, 2.0888283252716064, -0.9006873369216919]],
  [{ axis: [1, 2] }, [2.5, 3, 2.5, 3.5, 3.5, -0.25], [2.25, 1, 0.25, 2.25, 12.25, 0.5625], [-1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1]],
  [{ invert: true }, [2.8333332538604736, 2.0833332538604736], [5.138889312744141, 4.034721851348877],
    [5.100244998931885, 6.100656509399414, 9.634068489074707, 12.126641273498535, 2.8333332538604736, 0.07467150688171387, 11.900979995727539, 10.117980003356934, 7.367156982421875, 6.100656509399414, 18.70171546936035, 3.0876641273498535]],
] as const;

/** Its weights as numbers. */
const weightsOf = (net: Model<Tensor>) => net.getWeights().map((tensor) => {
  const numbers = [...tensor.dataSync()];
  tensor.dispose();
  return numbers;
});

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.each(cases)('normalizes by %j', (options, mean, variance, want) => {
    const normalize = layers.normalization(options as never);
    normalize.adapt(x);
    const net = sequential([input({ shape: [3, 2] }), normalize]);
    expect(weightsOf(net)).toEqual([close(mean), close(variance), [0]]);
    expect([...net.predict(x).dataSync()]).toEqual(close(want));
    expect(net.countParams()).toBe(2 * mean.length + 1);
    net.dispose();
  });

  test('statistics by options, of axes before others', () => {
    const net = sequential([input({ shape: [3, 2] }), layers.normalization({ axis: 1, mean: [1, 2, 3], variance: [1, 4, 0] })]);
    expect(net.getWeights()).toEqual([]);
    expect([...net.predict(x).dataSync()]).toEqual([0, 1, 0.5, 1.5, -30000000, -40000000, 3, 3, 0, 0, 40000000, -25000000]);
    net.dispose();
  });

  test('learns before and after it is part of a model, and anew', () => {
    const normalize = layers.normalization();
    const net = sequential([input({ shape: [1] }), normalize]);
    const predicted = () => [...net.predict([[4]]).dataSync()];
    expect(predicted()).toEqual([4]);
    normalize.adapt([1, 3]);
    expect(predicted()).toEqual([2]);
    normalize.adapt([4, 4.5]);
    expect(predicted()).toEqual([-1]);
    net.dispose();
    // What it has learnt is the layer's, whichever model it is in.
    const next = sequential([input({ shape: [1] }), normalize]);
    expect([...next.predict([[4]]).dataSync()]).toEqual([-1]);
    next.dispose();
  });

  test('trains behind it, without moving what it has learnt', async () => {
    const normalize = layers.normalization();
    const data = Array.from({ length: 64 }, (_, i) => [1000 + i, 5 * i]);
    normalize.adapt(data);
    const net = sequential([input({ shape: [2] }), normalize, layers.dense({ units: 1 })], { seed: 1 });
    net.compile({ optimizer: optimizers.adam({ learningRate: 0.02 }), loss: 'meanSquaredError' });
    const before = weightsOf(net).slice(0, 3);
    const { history } = await net.fit(data, data.map(([a]) => [(a! - 1032) / 20]), { epochs: 30, batchSize: 8, verbose: 0 });
    expect(history.loss!.at(-1)!).toBeLessThan(history.loss![0]! / 10);
    expect(weightsOf(net).slice(0, 3)).toEqual(before);
    net.dispose();
  });

  test('texts in, numbers out: trained step by step', async () => {
    const texts = ['good day', 'bad day', 'a good one', 'a bad one', 'good good', 'bad bad', 'day good', 'one bad'];
    const words = layers.textVectorization({ outputSequenceLength: 3 });
    words.adapt(texts);
    const net = sequential([
      input({ shape: [1], dtype: 'string' }), words,
      layers.embedding({ inputDim: words.getVocabulary().length, outputDim: 4 }), layers.globalAveragePooling1d(), layers.dense({ units: 1, activation: 'sigmoid' }),
    ], { seed: 3 });
    net.compile({ optimizer: optimizers.adam({ learningRate: 0.05 }), loss: 'binaryCrossentropy' });
    await net.fit(texts, texts.map((text) => [text.includes('good') ? 1 : 0]), { epochs: 40, batchSize: 4, verbose: 0 });
    expect([...net.predict(['good one', 'bad one', 'good?', 'day BAD']).dataSync()].map(Math.round)).toEqual([1, 0, 1, 0]);
    net.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', jit: true });
    await expect(net.fit(texts, texts.map(() => [0]), { verbose: 0 })).rejects.toThrow(/the step cannot be compiled: .* takes strings, which layers read on the host/);
    net.dispose();
  });
});

describe('takes', () => {
  const learnt = (adapt: (layer: ReturnType<typeof layers.normalization>) => void) => {
    const layer = layers.normalization({ axis: 1 });
    adapt(layer);
    const net = sequential([input({ shape: [3, 2] }), layer]);
    const numbers = [...net.predict(x).dataSync()];
    net.dispose();
    return numbers;
  };
  const want = close(cases[1][3]);

  test('tensors, nested arrays, numbers with a shape', () => {
    expect(learnt((layer) => layer.adapt(tf.tensor(x)))).toEqual(want);
    expect(learnt((layer) => layer.adapt(x))).toEqual(want);
    expect(learnt((layer) => layer.adapt(flat))).toEqual(want);
  });

  test('iterables of batches, of any length', () => {
    expect(learnt((layer) => layer.adapt(x.map((example) => tf.tensor([example]))))).toEqual(want);
    expect(learnt((layer) => layer.adapt((function* () { for (const example of x) yield [example]; })()))).toEqual(want);
  });

  test('asynchronous iterables', async () => {
    const layer = layers.normalization({ axis: 1 });
    await layer.adapt((async function* () { for (const example of x) yield [example]; })());
    const net = sequential([input({ shape: [3, 2] }), layer]);
    expect([...net.predict(x).dataSync()]).toEqual(want);
    net.dispose();
  });

  test('a typed array: single numbers', () => {
    const layer = layers.normalization();
    layer.adapt(Float32Array.of(1e6, 1e6 + 2));
    const net = sequential([input({ shape: [1] }), layer]);
    expect([...net.predict([[1e6 + 4]]).dataSync()]).toEqual([3]);
    net.dispose();
  });
});

test('says what is wrong, and stays as it was', () => {
  const layer = layers.normalization();
  const net = sequential([input({ shape: [2] }), layer]);
  layer.adapt([[0, 0], [2, 4]]);
  expect(() => layer.adapt([[1, 2, 3]])).toThrow('was adapted to data whose mean has shape [3], but here it needs [2]; adapt it to examples like those that the model takes');
  expect(() => layer.adapt([[1, NaN]])).toThrow('adapt: is NaN at example 0, value 1 of that example; fill in or leave out missing values');
  expect(() => layer.adapt([])).toThrow('there are no examples to learn from');
  expect(() => layer.adapt((function* () {})())).toThrow('there are no examples to learn from');
  expect(() => layer.adapt([tf.ones([1, 2]), tf.ones([1, 3])])).toThrow('its statistics are of shape [2] by the examples so far, but here are examples of shape [3]');
  expect(() => layer.adapt('abc' as never)).toThrow('must be a tensor, a nested array, a typed array or { data, shape }, got "abc"');
  expect(() => layer.adapt([['a', 'b']])).toThrow('must hold numbers, got "a"');
  expect(() => layers.normalization({ mean: 1, variance: 2 }).adapt([[1]])).toThrow('has its mean and variance by its options');
  expect(() => sequential([input({ shape: [2] }), layers.normalization({ mean: 1 })])).toThrow('needs `mean` and `variance` together');
  expect(() => sequential([input({ shape: [2] }), layers.normalization({ mean: [1, 2, 3], variance: 2 })])).toThrow('`mean` must be one number, or have the sizes of the axes that are kept apart, [2], got [3]');
  expect([...net.predict([[2, 4]]).dataSync()]).toEqual([1, 1]);
  net.dispose();
});

test('a vocabulary of another size does not fit a model that counts its tokens', () => {
  const count = layers.stringLookup({ outputMode: 'count' });
  count.adapt(['a', 'b']);
  const net = sequential([input({ shape: [2], dtype: 'string' }), count, layers.dense({ units: 1 })]);
  expect(() => count.adapt(['a', 'b', 'c'])).toThrow('its examples would go from [3] to [4], but a model is built on the former; adapt it before it becomes part of a model');
  expect(count.getVocabulary()).toEqual(['[UNK]', 'b', 'a']);
  count.adapt(['x', 'y']);
  expect(count.getVocabulary()).toEqual(['[UNK]', 'y', 'x']);
  net.dispose();
});

test('two models share what a layer learns', () => {
  const normalize = layers.normalization();
  const place = input({ shape: [1] });
  const [a, b] = [model({ inputs: place, outputs: normalize(place) }), sequential([input({ shape: [1] }), normalize])];
  normalize.adapt([2, 4]);
  for (const each of [a, b]) expect([...each.predict([[5]]).dataSync()]).toEqual([2]);
  a.dispose();
  b.dispose();
});
