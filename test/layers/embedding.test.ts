import { beforeAll, describe, expect, test } from 'vitest';
import { embedding } from '../../layers/embedding.ts';
import { gru } from '../../layers/gru.ts';
import { lstm } from '../../layers/lstm.ts';
import { simpleRNN } from '../../layers/simpleRNN.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { engines } from '../engines.ts';
import { drive } from './drive.ts';
import { expectGradients } from './gradients.ts';

describe.each(engines)('embedding on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const weights = { embeddings: [[0, 1], [10, 11], [20, 21]] };

  test('looks up the vector of each index, whole numbers or not by type', () => {
    const wanted = [[[20, 21], [0, 1]], [[10, 11], [10, 11]]];
    for (const type of ['int32', 'float32'] as const) {
      const { outputs, masks } = drive(embedding({ inputDim: 3, outputDim: 2 }), tf.tensor2d([[2, 0], [1, 1]], [2, 2], type), { weights });
      expect(outputs[0]!.arraySync()).toEqual(wanted);
      expect(masks[0]).toBeUndefined();
    }
  });

  test('masks index 0 with maskZero', () => {
    for (const type of ['int32', 'float32'] as const) {
      const { masks } = drive(embedding({ inputDim: 3, outputDim: 2, maskZero: true }), tf.tensor2d([[2, 0], [1, 1]], [2, 2], type), { weights });
      expect(masks[0]!.dtype).toBe('bool');
      expect(masks[0]!.arraySync()).toEqual([[1, 0], [1, 1]]);
    }
  });

  test('adds up the gradients of an index that comes twice', () => {
    const layer = embedding({ inputDim: 3, outputDim: 2 });
    const ids = tf.tensor2d([[2, 0], [1, 1]], [2, 2], 'int32');
    const gradient = tf.grad((embeddings) => tf.sum(drive(layer, ids, { weights: { embeddings } }).outputs[0]!))(tf.tensor2d(weights.embeddings));
    expect(gradient.arraySync()).toEqual([[1, 1], [2, 2], [1, 1]]);
    expectGradients(layer, [ids]);
  });

  // Ten times as many tokens as there are vectors: the layer behind works on the vectors, not on what was looked up for each token.
  test.each([['lstm', lstm, 4], ['gru', gru, 3], ['gru that resets first', (options: { units: number }) => gru({ ...options, resetAfter: false }), 3], ['simpleRNN', simpleRNN, 1]] as const)(
    'gives an %s behind it what it would have of any other input', (_, layer, gates) => {
      const [units, features, tokens] = [5, 40, 3];
      const draw = (...shape: number[]) => tf.randomUniform(shape, -0.5, 0.5, 'float32', 7 + shape.length) as Tensor;
      const ids = tf.tensor2d(Array.from({ length: 5 }, (_, i) => Array.from({ length: 6 }, (_, t) => (i * t + t) % tokens)), undefined, 'int32');
      const bias = layer === gru ? draw(2, gates * units) : draw(gates * units);
      const given = [draw(tokens, features), draw(features, gates * units), draw(units, gates * units), bias];
      const output = (again: (x: Tensor) => Tensor) => (embeddings: Tensor, kernel: Tensor, recurrentKernel: Tensor, ownBias: Tensor) => {
        const [looked] = drive(embedding({ inputDim: tokens, outputDim: features }), ids, { weights: { embeddings } }).outputs;
        return drive(layer({ units }), again(looked!), { weights: { kernel, recurrentKernel, bias: ownBias } }).outputs[0]!;
      };
      const [straight, other] = [output((x) => x), output((x) => tf.mul(x, 1))];
      const expectSame = (a: Tensor, b: Tensor) => a.dataSync().forEach((n, i) => expect(n).toBeCloseTo(b.dataSync()[i]!, 5));
      expectSame(straight(...(given as [Tensor, Tensor, Tensor, Tensor])), other(...(given as [Tensor, Tensor, Tensor, Tensor])));
      const weigh = draw(5, units);
      const gradients = [straight, other].map((f) => tf.grads((...w) => tf.sum(tf.mul(f(...(w as [Tensor, Tensor, Tensor, Tensor])), weigh)))(given));
      gradients[0]!.forEach((gradient, i) => expectSame(gradient, gradients[1]![i]!));
    },
  );

  test('has gradients by the vectors that it gave, through a layer behind it', () => {
    const [tokens, features] = [3, 40];
    const ids = tf.tensor2d(Array.from({ length: 5 }, (_, i) => Array.from({ length: 6 }, (_, t) => (i * t + t) % tokens)), undefined, 'int32');
    const table = tf.randomUniform([tokens, features], -0.5, 0.5, 'float32', 7) as Tensor;
    const [looked] = drive(embedding({ inputDim: tokens, outputDim: features }), ids, { weights: { embeddings: table } }).outputs;
    const kernel = tf.randomUniform([features, 5], -0.5, 0.5, 'float32', 8) as Tensor;
    const gradient = tf.grad((x) => tf.sum(drive(simpleRNN({ units: 5, useBias: false }), x as Tensor, { weights: { kernel, recurrentKernel: tf.zeros([5, 5]) } }).outputs[0]!));
    // The state does not matter to it: tanh′ of the last step alone.
    const last = tf.tanh(tf.matMul(tf.reshape(tf.slice(looked!, [0, 5, 0], [5, 1, features]), [5, features]), kernel));
    const wanted = tf.matMul(tf.sub(1, tf.square(last)), kernel, false, true);
    const got = gradient(looked!);
    tf.reshape(tf.slice(got, [0, 5, 0], [5, 1, features]), [5, features]).dataSync().forEach((n, i) => expect(n).toBeCloseTo(wanted.dataSync()[i]!, 5));
    expect([...tf.slice(got, [0, 0, 0], [5, 5, features]).dataSync()].every((n) => n === 0)).toBe(true);
  });
});
