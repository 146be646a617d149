import { describe, expect, it } from 'vitest';
import { philox } from '../../../src/core/philox.ts';
import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { setBackend } from '../../../src/runtime/choose.ts';
import { registerCpuRandom } from '../../../src/runtime/cpuRandom.ts';
import { registerGradients } from '../../../src/runtime/gradients/register.ts';
import { heap } from '../../../src/runtime/wasm/heap.ts';
import { startWasm } from '../../../src/runtime/wasm/start.ts';

describe('the embedded engine', () => {
  it('starts when another engine is already there, takes over its tensors, and starts once', async () => {
    await setBackend('cpu');
    const x = tf.tensor2d([[1, 2], [3, 4]]);
    await Promise.all([startWasm(), startWasm()]);
    expect(tf.getBackend()).toBe('wasm');
    const { kernels } = heap;
    await startWasm();
    expect(heap.kernels).toBe(kernels);
    expect(tf.matMul(x, x).arraySync()).toEqual([[7, 10], [15, 22]]);
    await tf.setBackend('cpu');
    expect(tf.matMul(x, x).arraySync()).toEqual([[7, 10], [15, 22]]);
    await startWasm();
    expect(tf.getBackend()).toBe('wasm');
  });

  it('trains what tfjs alone cannot: convolutions and embeddings', async () => {
    await startWasm();
    registerGradients();
    const x = tf.randomUniform([4, 6, 6, 2]) as tf.Tensor4D;
    const ids = tf.tensor1d([1, 3, 3, 0], 'int32');
    const loss = (filter: Tensor, table: Tensor) => tf.conv2d(x, filter as tf.Tensor4D, 1, 'same').mean([1, 2]).sub(tf.gather(table, ids)).square().mean() as tf.Scalar;
    const weights = [tf.randomUniform([3, 3, 2, 5], -1, 1), tf.randomUniform([4, 5], -1, 1)];
    const losses: number[] = [];
    for (let step = 0; step < 60; step++) {
      const { value, grads } = tf.valueAndGrads((...w: Tensor[]) => loss(w[0]!, w[1]!))(weights);
      losses.push(value.arraySync());
      grads.forEach((gradient, i) => (weights[i] = weights[i]!.sub(gradient.mul(0.2))));
    }
    expect(losses.at(-1)).toBeLessThan(0.2 * losses[0]!);
  });

  it('finds room for windows larger than its working memory', async () => {
    await startWasm();
    const x = tf.ones([1, 8, 8, 16_000]) as tf.Tensor4D;
    expect(tf.conv2d(x, tf.ones([8, 8, 16_000, 1]) as tf.Tensor4D, 1, 'same').slice([0, 3, 3, 0], [1, 1, 1, 1]).arraySync()).toEqual([[[[8 * 8 * 16_000]]]]);
  });

  it('adds up long lists to the last digits', async () => {
    await startWasm();
    const x = tf.fill([1_000_000], 0.1);
    expect(Math.abs(x.sum().dataSync()[0]! / 1e5 - 1)).toBeLessThan(5e-6);
    expect(Math.abs(x.reshape([250_000, 4]).sum(0).dataSync()[1]! / 25e3 - 1)).toBeLessThan(5e-6);
    expect(Math.abs(x.reshape([25_000, 40]).mean(0).dataSync()[39]! / 0.1 - 1)).toBeLessThan(5e-6);
  });

  it('keeps what is not a number in maxima and means', async () => {
    await startWasm();
    const x = tf.tensor2d([[1, NaN, 3], [4, 5, 6]]);
    expect(x.max(1).arraySync()).toEqual([NaN, 6]);
    expect(x.mean(0).arraySync()).toEqual([2.5, NaN, 4.5]);
    expect(tf.maximum(x, 2).arraySync()).toEqual([[2, NaN, 3], [4, 5, 6]]);
  });
});

describe('stateless random numbers', () => {
  const draw = (kernel: string, seed: [number, number], shape: number[]) => tf.engine().runKernel(kernel, { seed: tf.tensor1d(seed, 'int32') }, { shape }) as Tensor;

  it.each([['wasm', startWasm], ['cpu', async () => { await setBackend('cpu'); registerCpuRandom(); }]] as const)('are TensorFlow\'s on the engine %s', async (_, start) => {
    await start();
    for (const seed of [[7, 0], [-5, 123456789]] as [number, number][]) {
      for (const n of [1, 4, 17, 1003]) {
        expect(draw('StatelessRandomUniform', seed, [n]).dataSync()).toEqual(philox(...seed).uniform(n));
        const normal = philox(...seed).normal(n);
        draw('StatelessRandomNormal', seed, [n]).dataSync().forEach((each, i) => expect(Math.abs(each - normal[i]!)).toBeLessThan(1e-6));
      }
    }
    expect(draw('StatelessRandomUniform', [1, 2], [2, 3, 5]).shape).toEqual([2, 3, 5]);
  });

  it('need a seed of two whole numbers', async () => {
    await startWasm();
    expect(() => tf.engine().runKernel('StatelessRandomUniform', { seed: tf.tensor1d([1, 2]) }, { shape: [3] })).toThrow('needs a seed of two int32, got float32 of shape [2]');
  });
});
