/** A recording is compared with an eager step: what rounding does is let pass, what is wrong is not. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { input, sequential, setBackend, tf, type Model } from 'ibexjs';
import { activation, batchNormalization, conv2d, dense, globalAveragePooling2d } from 'ibexjs/layers';
import { engines } from '../engines.ts';

/** Numbers in [0, 1) that look random. */
const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 0) / 2 ** 32);

const perceptron = () => sequential([
  input({ shape: [16] }), dense({ units: 64 }), batchNormalization(), activation({ activation: 'relu' }), dense({ units: 64 }), batchNormalization(), activation({ activation: 'relu' }), dense({ units: 1 }),
], { seed: 1 });

const pictures = () => sequential([
  input({ shape: [16, 16, 1] }), conv2d({ filters: 8, kernelSize: 3, padding: 'same' }), batchNormalization(), activation({ activation: 'relu' }), globalAveragePooling2d(), dense({ units: 1 }),
], { seed: 1 });

describe.each(engines)('recording on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  let model: Model | undefined;
  afterEach(() => model?.dispose());

  // Batch normalization takes a bias before it away: its gradient is 0 but for rounding, which an optimizer may divide by its own size.
  it.each([['dense layers', 'rmsprop', perceptron, [16]], ['dense layers', 'adam', perceptron, [16]], ['convolutions', 'momentum', pictures, [16, 16, 1]]] as const)(
    'keeps steps of %s before batch normalization, by %s', async (_, optimizer, build, shape) => {
      model = build();
      model.compile({ optimizer, loss: 'meanSquaredError', jit: true });
      const size = (shape as readonly number[]).reduce((product, each) => product * each, 1);
      const { history } = await model.fit({ data: numbers(128 * size), shape: [128, ...shape] }, { data: numbers(128), shape: [128, 1] }, { epochs: 2, batchSize: 32, verbose: 0 });
      expect(history.loss).toHaveLength(2);
    },
  );

  it('refuses a step whose numbers are not those that were recorded', async () => {
    let steps = 0;
    model = perceptron();
    model.compile({ optimizer: 'rmsprop', loss: (yTrue, yPred) => tf.mul(tf.squaredDifference(yTrue, yPred), 1 + steps++ / 20), jit: true });
    await expect(model.fit({ data: numbers(128 * 16), shape: [128, 16] }, { data: numbers(128), shape: [128, 1] }, { batchSize: 32, verbose: 0 })).rejects.toThrow('the replayed step differs from the eager one');
  });
});
