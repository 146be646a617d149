/** Keras 3.15.1's numbers: `L.TextVectorization(vocabulary=[…], **options)(texts)`, and `get_vocabulary()` after `adapt(texts)`. */
import { beforeAll, describe, expect, test } from 'vitest';
import { input, layers, model } from 'ibexjs';
import { textVectorization } from '../../layers/index.ts';
import type { Layer } from '../../src/core/layer.ts';
import { tf } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';

const run = (layer: Layer, texts: readonly (readonly string[])[]) => drive(layer, tf.tensor(texts as string[][], undefined, 'string')).outputs[0]!.arraySync() as unknown;
const texts = [['The quick, brown FOX!'], ['the  Fox\tjumps\n over'], [''], ["don't É-É ñandú"]];
const vocabulary = ['the', 'fox', 'quick', 'dont', 'the fox', 'the quick'];

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  test.each([
    [{}, [[2, 4, 1, 3], [2, 3, 1, 1], [0, 0, 0, 0], [5, 1, 1, 0]]],
    [{ outputSequenceLength: 3 }, [[2, 4, 1], [2, 3, 1], [0, 0, 0], [5, 1, 1]]],
    [{ outputSequenceLength: 6 }, [[2, 4, 1, 3, 0, 0], [2, 3, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0], [5, 1, 1, 0, 0, 0]]],
    [{ ngrams: 2 }, [[2, 4, 1, 3, 7, 1, 1], [2, 3, 1, 1, 6, 1, 1], [0, 0, 0, 0, 0, 0, 0], [5, 1, 1, 1, 1, 0, 0]]],
    [{ ngrams: [2] }, [[7, 1, 1], [6, 1, 1], [0, 0, 0], [1, 1, 0]]],
    [{ standardize: null }, [[1, 1, 1, 1], [2, 1, 1, 1], [0, 0, 0, 0], [1, 1, 1, 0]]],
    [{ standardize: 'lower' }, [[2, 1, 1, 1], [2, 3, 1, 1], [0, 0, 0, 0], [1, 1, 1, 0]]],
    [{ standardize: 'stripPunctuation' }, [[1, 4, 1, 1], [2, 1, 1, 1], [0, 0, 0, 0], [5, 1, 1, 0]]],
    [{ outputMode: 'count' }, [[1, 1, 1, 1, 0, 0, 0], [2, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 1, 0, 0]]],
    [{ outputMode: 'multiHot', maxTokens: 9, padToMaxTokens: true }, [[1, 1, 1, 1, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 0]]],
    [{ outputMode: 'tfIdf', idfWeights: [1, 2, 3, 4, 5, 6] }, [[3.5, 1, 2, 3, 0, 0, 0], [7, 1, 2, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0], [7, 0, 0, 0, 4, 0, 0]]],
  ] as const)('texts by %j', (options, want) => {
    expect(run(textVectorization({ vocabulary, ...options } as never), texts)).toEqual(want);
  });

  test('by characters, and of words that are split already', () => {
    expect(run(textVectorization({ vocabulary: ['t', 'h', 'e', 'é'], split: 'character' }), [['The é']])).toEqual([[2, 3, 4, 1, 5]]);
    expect(run(textVectorization({ vocabulary: ['a', 'b', 'a b'], split: null, ngrams: 2, outputSequenceLength: 4 }), [['A', 'b'], ['b', 'b']])).toEqual([[2, 3, 4, 0], [3, 3, 1, 0]]);
  });

  test('by functions of the user’s', () => {
    const layer = textVectorization({ vocabulary: ['x', 'y'], standardize: (text) => text.replaceAll('X', 'x'), split: (text) => text.split(',') });
    expect(run(layer, [['X,y,X'], ['z']])).toEqual([[2, 3, 2], [1, 0, 0]]);
  });
});

test.each([
  [{}, ['', '[UNK]', 'the', 'sat', 'dog', 'ran', 'cat', 'a']],
  [{ maxTokens: 4 }, ['', '[UNK]', 'the', 'sat']],
  [{ ngrams: 2, maxTokens: 6 }, ['', '[UNK]', 'the', 'sat', 'dog', 'the dog']],
  [{ outputMode: 'tfIdf' }, ['[UNK]', 'the', 'sat', 'dog', 'ran', 'cat', 'a']],
] as const)('learns a vocabulary by %j', (options, want) => {
  const layer = textVectorization(options as never);
  layer.adapt(['the cat sat', 'the dog sat', 'A dog. Ran!']);
  expect(layer.getVocabulary()).toEqual(want);
  if ('outputMode' in options) {
    expect(run(layer, [['zzz the sat dog ran cat a']])).toEqual([[0.8047189712524414, 0.6931471824645996, 0.6931471824645996, 0.6931471824645996, 0.9162907600402832, 0.9162907600402832, 0.9162907600402832].map((n) => expect.closeTo(n, 6))]);
  }
});

test('says what is wrong', () => {
  const on = (layer: Layer, sizes: readonly number[]) => () => layer.plan([{ shape: sizes as never, dtype: 'string', batchSize: null }]);
  expect(on(textVectorization({ vocabulary }), [2])).toThrow('textVectorization: takes one text for each example, [1], but here one example is [2]; with split: null it takes words');
  expect(on(textVectorization({ vocabulary, outputMode: 'count', outputSequenceLength: 3 }), [1])).toThrow('leave outputSequenceLength out');
});

test('texts of different length in several batches', () => {
  const words = input({ shape: [1], dtype: 'string' });
  const numbers = textVectorization({ vocabulary: ['a', 'b', 'c'] })(words);
  const texts = ['a', 'b a', 'c b a', 'b'];
  const net = model({ inputs: words, outputs: numbers });
  // As they come in one batch.
  expect(net.predict(texts, { batchSize: 2 }).arraySync()).toEqual([[2, 0, 0], [3, 2, 0], [4, 3, 2], [3, 0, 0]]);
  expect(net.predict(texts, { batchSize: 1 }).arraySync()).toEqual(net.predict(texts).arraySync());
  const tags = model({ inputs: words, outputs: layers.embedding({ inputDim: 5, outputDim: 2 })(numbers) });
  expect(tags.predict(texts).shape).toEqual([4, 3, 2]);
  expect(() => tags.predict(texts, { batchSize: 2 })).toThrow('predict: the output "embedding" is of shape [2, 2, 2] for one batch and [2, 3, 2] for another, which do not join; '
    + 'have all examples of one length, as textVectorization({ outputSequenceLength }) does, or give a batchSize that takes all at once');
});
