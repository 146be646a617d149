/** Weights that a callback sets at the end of an epoch stay, after the last epoch too. */
import { expect, test } from 'vitest';
import { input, layers, sequential, setBackend } from 'ibexjs';

test('weights set at the end of the last epoch are the model\'s', async () => {
  await setBackend('wasm');
  const net = sequential([input({ shape: [1] }), layers.dense({ units: 1 })], { seed: 3 });
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError', jit: true });
  const x = Array.from({ length: 32 }, (_, i) => [i / 32]);
  await net.fit(x, x, {
    epochs: 10, batchSize: 8, verbose: 0,
    callbacks: { onEpochEnd: () => net.setWeights([[[5]], [7]]) },
  });
  const [kernel, bias] = net.getWeights().map((weight) => weight.dataSync()[0]);
  expect([kernel, bias]).toEqual([5, 7]);
  net.dispose();
});

test('without callbacks the model ends with what training came to', async () => {
  await setBackend('wasm');
  const trained = async (jit: boolean) => {
    const net = sequential([input({ shape: [1] }), layers.dense({ units: 1 })], { seed: 3 });
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError', jit });
    const x = Array.from({ length: 30 }, (_, i) => [i / 32]);
    const { history } = await net.fit(x, x, { epochs: 10, batchSize: 8, verbose: 0 });
    const numbers = net.getWeights().map((weight) => weight.dataSync()[0]);
    net.dispose();
    return { numbers, loss: history.loss };
  };
  const [replayed, eager] = [await trained(true), await trained(false)];
  expect(replayed).toEqual(eager);
});
