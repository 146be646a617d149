import { expect } from 'vitest';
import type { Layer } from '../../src/core/layer.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { drive, planOf, startingWeights } from './drive.ts';

type Setting = Parameters<typeof drive>[2];

/**
 * Compares what back-propagation says of every weight and input of a layer with what central differences say. The loss is
 * the sum of all outputs, each number weighted by its own factor.
 */
export function expectGradients(layer: Layer, inputs: readonly Tensor[], setting: Setting & { masks?: readonly (Tensor | undefined)[] } = {}): void {
  const { masks = [], ...rest } = setting;
  const flows = (xs: readonly Tensor[]) => xs.map((tensor, i) => ({ tensor, mask: masks[i] }));
  const known = startingWeights(layer, planOf(layer, flows(inputs), rest)).filter(([, trainable]) => trainable);
  const weights = known.map(([name, , value]) => {
    const given = rest.weights?.[name];
    return given === undefined ? value : tf.tensor(given as number[]);
  });
  const floats = inputs.filter(({ dtype }) => dtype === 'float32');
  const loss = (values: readonly Tensor[]): Tensor => {
    const [w, floated] = [values.slice(0, weights.length), [...values.slice(weights.length)]];
    const xs = inputs.map((x) => (x.dtype === 'float32' ? floated.shift()! : x));
    const { outputs } = drive(layer, flows(xs), { ...rest, weights: { ...rest.weights, ...Object.fromEntries(known.map(([name], i) => [name, w[i]!])) } });
    return outputs.map((y, k) => {
      const factors = tf.reshape(tf.cos(tf.mul(tf.range(0, y.size), 1.7 + k)), y.shape);
      return tf.sum(tf.mul(y, factors));
    }).reduce((a, b) => tf.add(a, b));
  };
  const values = [...weights, ...floats];
  const gradients = tf.grads((...args: Tensor[]) => loss(args))(values);
  const step = 1e-2;
  for (const [i, value] of values.entries()) {
    const numbers = value.dataSync();
    const moved = (k: number, by: number) => tf.tidy(() => {
      const other = tf.tensor(numbers.map((n, j) => (j === k ? n + by : n)), value.shape);
      return (loss(values.map((each, j) => (j === i ? other : each))).dataSync()[0])!;
    });
    const found = gradients[i]!.dataSync();
    const what = i < known.length ? known[i]![0] : `input ${i - known.length}`;
    for (let k = 0; k < numbers.length; k += Math.max(1, Math.floor(numbers.length / 7))) {
      const expected = (moved(k, step) - moved(k, -step)) / (2 * step);
      expect(Math.abs(found[k]! - expected), `${what}[${k}]: ${found[k]} and ${expected}`).toBeLessThan(2e-3 * (1 + Math.abs(expected)));
    }
  }
}
