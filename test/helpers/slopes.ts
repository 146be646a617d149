import { tf, type Tensor } from '../../src/core/tensor.ts';
import { expectClose } from './close.ts';

/** The gradient of a scalar function at `x` must be the slope between two points close by, place by place. */
export function expectSlopes(f: (x: Tensor) => Tensor, x: Tensor, { step = 1e-2, rtol = 1e-2, atol = 2e-3 } = {}): void {
  const gradient = tf.tidy(() => [...tf.grad(f)(x).dataSync()]);
  const at = x.dataSync();
  const slopes = gradient.map((_, i) => {
    const [up, down] = [step, -step].map((by) => tf.tidy(() => f(tf.tensor(Float32Array.from(at, (v, j) => (i === j ? v + by : v)), x.shape)).dataSync()[0]!));
    return (up! - down!) / (2 * step);
  });
  expectClose(gradient, slopes, { rtol, atol });
}
