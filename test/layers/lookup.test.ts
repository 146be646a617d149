/**
 * Keras 3.15.1's numbers: `L.StringLookup(vocabulary=['a', 'b', 'c'], **options)(words)`, `L.IntegerLookup(vocabulary=[12, 36, 1138, 42], **options)(ints)`,
 * `L.Hashing(num_bins, **options)(texts)`, `L.HashedCrossing(num_bins)((a, b, …))`, and `get_vocabulary()` after `adapt(data)`.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import * as layers from '../../layers/index.ts';
import type { Layer } from '../../src/core/layer.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';

const run = (layer: Layer, ...inputs: readonly Tensor[]) => drive(layer, inputs).outputs[0]!.arraySync() as unknown;
const words = () => tf.tensor([['a', 'b', 'zebra', ''], ['c', 'a', 'yak', 'xi'], ['é', '日本', 'a', 'b']], undefined, 'string');
const ints = () => tf.tensor([[12, 1138, 7], [42, -3, 36]], undefined, 'int32');
const texts = () => tf.tensor([['A', 'B', 'C'], ['D', '', 'a longer string of more than sixteen'], ['x'.repeat(40), 'y'.repeat(70), '日本語']], undefined, 'string');

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.each([
    [{}, [[1, 2, 0, 0], [3, 1, 0, 0], [0, 0, 1, 2]]],
    [{ maskToken: '' }, [[2, 3, 1, 0], [4, 2, 1, 1], [1, 1, 2, 3]]],
    [{ numOovIndices: 3 }, [[3, 4, 2, 2], [5, 3, 1, 0], [1, 2, 3, 4]]],
    [{ numOovIndices: 3, salt: [133, 137] as [number, number] }, [[3, 4, 0, 2], [5, 3, 0, 0], [2, 2, 3, 4]]],
    [{ numOovIndices: 2, maskToken: '', outputMode: 'count' }, [[1, 0, 1, 1, 0], [1, 1, 1, 0, 1], [0, 2, 1, 1, 0]]],
    [{ outputMode: 'multiHot' }, [[1, 1, 1, 0], [1, 1, 0, 1], [1, 1, 1, 0]]],
    [{ outputMode: 'oneHot' }, [
      [[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0]],
      [[0, 0, 0, 1], [0, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]],
      [[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]],
    ]],
    [{ outputMode: 'multiHot', maxTokens: 6, padToMaxTokens: true }, [[1, 1, 1, 0, 0, 0], [1, 1, 0, 1, 0, 0], [1, 1, 1, 0, 0, 0]]],
    [{ outputMode: 'tfIdf', idfWeights: [0.25, 0.5, 2] }, [[1.8333333730697632, 0.25, 0.5, 0], [1.8333333730697632, 0.25, 0, 2], [1.8333333730697632, 0.25, 0.5, 0]]],
    // Special tokens may stand before the others, as getVocabulary() gives them.
    [{ maskToken: '', vocabulary: ['', '[UNK]', 'a', 'b', 'c'] }, [[2, 3, 1, 0], [4, 2, 1, 1], [1, 1, 2, 3]]],
  ] as const)('words by %j', (options, want) => {
    expect(run(layers.stringLookup({ vocabulary: ['a', 'b', 'c'], ...options } as never), words())).toEqual(want);
  });

  test.each([
    [{}, [[1, 3, 0], [4, 0, 2]]],
    [{ maskToken: 7 }, [[2, 4, 0], [5, 1, 3]]],
    [{ numOovIndices: 4 }, [[4, 6, 3], [7, 1, 5]]],
    [{ numOovIndices: 4, oovMethod: 'farmhash' }, [[4, 6, 0], [7, 3, 5]]],
    [{ numOovIndices: 4, oovMethod: 'farmhash', salt: 5 }, [[4, 6, 3], [7, 3, 5]]],
    [{ outputMode: 'count' }, [[1, 1, 0, 1, 0], [1, 0, 1, 0, 1]]],
  ] as const)('whole numbers by %j', (options, want) => {
    expect(run(layers.integerLookup({ vocabulary: [12, 36, 1138, 42], ...options }), ints())).toEqual(want);
  });

  test('numbers back to tokens', () => {
    const back = layers.stringLookup({ vocabulary: ['a', 'b', 'c'], maskToken: '', invert: true });
    expect(run(back, tf.tensor([[0, 1, 2], [4, 3, 9]], undefined, 'int32'))).toEqual([['', '[UNK]', 'a'], ['c', 'b', '[UNK]']]);
    expect(run(layers.integerLookup({ vocabulary: [12, 36, 1138, 42], invert: true }), tf.tensor([[1, 3, 4], [4, 0, 2]], undefined, 'int32'))).toEqual([[12, 1138, 42], [42, -1, 36]]);
  });

  test.each([
    [{}, [[564, 528, 7], [295, 263, 441], [852, 122, 783]]],
    [{ maskValue: '' }, [[530, 55, 584], [302, 0, 57], [739, 136, 681]]],
    [{ salt: [133, 137] }, [[24, 70, 727], [842, 900, 270], [846, 741, 278]]],
    [{ salt: 133 }, [[819, 238, 862], [793, 907, 640], [161, 677, 331]]],
    [{ numBins: 5, outputMode: 'count' }, [[0, 0, 1, 1, 1], [1, 1, 0, 1, 0], [0, 0, 2, 1, 0]]],
    [{ numBins: 5, outputMode: 'multiHot' }, [[0, 0, 1, 1, 1], [1, 1, 0, 1, 0], [0, 0, 1, 1, 0]]],
  ] as const)('hashes of texts by %j', (options, want) => {
    expect(run(layers.hashing({ numBins: 1000, ...options } as never), texts())).toEqual(want);
  });

  test('hashes of whole numbers', () => {
    const numbers = tf.tensor([[0, 1, -7, 2147483647]], undefined, 'int32');
    expect(run(layers.hashing({ numBins: 1000 }), numbers)).toEqual([[735, 849, 62, 757]]);
    expect(run(layers.hashing({ numBins: 1000, maskValue: 1 }), numbers)).toEqual([[20, 0, 30, 225]]);
  });

  test('hashes of several values together', () => {
    const a = tf.tensor([['A'], ['B'], ['A'], ['B'], ['A']], undefined, 'string');
    const b = tf.tensor([[101], [101], [101], [102], [-102]], undefined, 'int32');
    const c = tf.tensor([['x'], ['y'], ['z'], ['x'], ['x']], undefined, 'string');
    expect(run(layers.hashedCrossing({ numBins: 1000 }), a, b)).toEqual([[891], [754], [891], [576], [79]]);
    expect(run(layers.hashedCrossing({ numBins: 1000 }), a, b, c)).toEqual([[95], [814], [114], [878], [128]]);
    expect(run(layers.hashedCrossing({ numBins: 5, outputMode: 'oneHot' }), a, b)).toEqual([[0, 1, 0, 0, 0], [0, 0, 0, 0, 1], [0, 1, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 1]]);
  });
});

test('learns a vocabulary: the most frequent first, then the last in order', () => {
  const lookup = layers.stringLookup({ maxTokens: 5, maskToken: '' });
  lookup.adapt([['b', 'a', ''], ['c', 'b', '[UNK]'], ['z', 'é', '日本']]);
  expect(lookup.getVocabulary()).toEqual(['', '[UNK]', 'b', '日本', 'é']);
  expect(lookup.getVocabulary({ specialTokens: false })).toEqual(['b', '日本', 'é']);
  const numbers = layers.integerLookup();
  numbers.adapt({ data: Int32Array.of(3, 5, 5, 3, -1, 9), shape: [2, 3] });
  expect(numbers.getVocabulary()).toEqual([-1, 5, 3, 9]);
});

test('orders characters beyond 16 bits by code point', () => {
  const lookup = layers.stringLookup();
  // U+FF5E is less than U+1F600; by UTF-16 it would be the other way.
  lookup.adapt(['～', '😀', '😀a']);
  expect(lookup.getVocabulary({ specialTokens: false })).toEqual(['😀a', '😀', '～']);
});

test('learns how rare tokens are', () => {
  const lookup = layers.stringLookup({ outputMode: 'tfIdf' });
  lookup.adapt([['b', 'a'], ['c', 'b'], ['b', 'b']]);
  expect(lookup.getVocabulary()).toEqual(['[UNK]', 'b', 'c', 'a']);
  const weights = run(lookup, tf.tensor([['b'], ['c'], ['a'], ['?']], undefined, 'string')) as number[][];
  expect(weights.map((row) => Math.max(...row))).toEqual([0.5596157908439636, 0.9162907600402832, 0.9162907600402832, 0.79739910364151].map((n) => expect.closeTo(n, 6)));
});

test('says what is wrong', () => {
  const on = (layer: Layer, sizes: readonly number[] = [2], dtype: 'string' | 'int32' = 'string') => () => layer.plan([{ shape: sizes as never, dtype, batchSize: null }]);
  expect(() => run(layers.stringLookup(), words())).toThrow('stringLookup: has no vocabulary yet; call adapt(data)');
  expect(on(layers.stringLookup({ outputMode: 'count' }))).toThrow('has no vocabulary yet');
  expect(on(layers.stringLookup({ vocabulary: ['a'] }), [2], 'int32')).toThrow("takes texts, but its input is of dtype int32; take input({ shape, dtype: 'string' })");
  expect(on(layers.stringLookup({ vocabulary: ['a', 'b', 'a'] }))).toThrow('has "a" in its vocabulary twice');
  expect(on(layers.stringLookup({ vocabulary: ['a', ''], maskToken: '' }))).toThrow('has "" within its vocabulary');
  expect(on(layers.stringLookup({ vocabulary: ['a', 'b'], maxTokens: 2 }))).toThrow('has 3 tokens with those for masks and unknown ones, more than its maxTokens 2');
  expect(on(layers.stringLookup({ vocabulary: ['a', 'b'], outputMode: 'tfIdf' }))).toThrow('needs one of `idfWeights` for each of the 2 tokens');
  expect(() => run(layers.stringLookup({ vocabulary: ['a'], numOovIndices: 0 }), words())).toThrow('met "b", which is not in its vocabulary');
  expect(() => layers.stringLookup().adapt([1, 2])).toThrow('stringLookup: adapt: learns from texts, got numbers; use integerLookup');
  expect(() => layers.integerLookup().adapt(['a'])).toThrow('learns from whole numbers, got texts; use stringLookup');
  expect(() => layers.stringLookup().adapt(['[UNK]'])).toThrow('there are no tokens to learn from');
});
