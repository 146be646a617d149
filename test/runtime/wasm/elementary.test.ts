import { beforeAll, describe, expect, it } from 'vitest';
import { philox } from '../../../src/core/philox.ts';
import { tf, type Tensor } from '../../../src/core/tensor.ts';
import { startWasm } from '../../../src/runtime/wasm/start.ts';

beforeAll(startWasm);

/** The distance from a number's nearest float to the next one. */
const spacing = (value: number) => 2 ** Math.max(-149, Math.floor(Math.log2(Math.abs(value))) - 23);

const log1p = Math.log1p;
// Abramowitz and Stegun 7.1.5 and, for large x, 7.1.23 are exact; this is the series of the former, in double precision.
function erf(x: number): number {
  if (Math.abs(x) > 4) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 100; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

interface Case {
  readonly name: string;
  readonly f: (x: Tensor) => Tensor;
  readonly exact: (x: number) => number;
  readonly from: number;
  readonly to: number;
  /** Units in the last place. */
  readonly error: number;
}

const cases: readonly Case[] = [
  { name: 'exp', f: tf.exp, exact: Math.exp, from: -103, to: 88.7, error: 2 },
  { name: 'expm1', f: tf.expm1, exact: Math.expm1, from: -20, to: 88.7, error: 3 },
  { name: 'expm1 near 0', f: tf.expm1, exact: Math.expm1, from: -0.01, to: 0.01, error: 2 },
  { name: 'log', f: tf.log, exact: Math.log, from: 1e-30, to: 100, error: 2 },
  { name: 'log1p', f: tf.log1p, exact: log1p, from: -0.9, to: 10, error: 4 },
  { name: 'log1p near 0', f: tf.log1p, exact: log1p, from: -1e-4, to: 1e-4, error: 3 },
  { name: 'sigmoid', f: tf.sigmoid, exact: (x) => 1 / (1 + Math.exp(-x)), from: -80, to: 80, error: 4 },
  { name: 'tanh', f: tf.tanh, exact: Math.tanh, from: -12, to: 12, error: 6 },
  { name: 'tanh near 0', f: tf.tanh, exact: Math.tanh, from: -0.01, to: 0.01, error: 4 },
  { name: 'softplus', f: tf.softplus, exact: (x) => (x > 30 ? x : log1p(Math.exp(x))), from: -80, to: 80, error: 5 },
  { name: 'erf', f: tf.erf, exact: erf, from: -4, to: 4, error: 12 },
  { name: 'sin', f: tf.sin, exact: Math.sin, from: -1e5, to: 1e5, error: 3 },
  { name: 'cos', f: tf.cos, exact: Math.cos, from: -10, to: 10, error: 3 },
];

describe('elementary functions', () => {
  it.each(cases)('$name is right to $error units in the last place', ({ f, exact, from, to, error }) => {
    const x = philox(3, 0).uniform(20_003).map((u) => from + (to - from) * u);
    const y = f(tf.tensor1d(x)).dataSync();
    x.forEach((each, i) => {
      const wanted = exact(each);
      expect(Math.abs(y[i]! - wanted) / spacing(wanted), `of ${each}: ${y[i]}, not ${wanted}`).toBeLessThanOrEqual(error);
    });
  });

  it.each([
    ['exp', tf.exp, [-Infinity, -104.5, 89, Infinity, NaN, 0], [0, 0, Infinity, Infinity, NaN, 1]],
    ['log', tf.log, [0, 1, Infinity, -1, NaN, 1e-40], [-Infinity, 0, Infinity, NaN, NaN, Math.log(Math.fround(1e-40))]],
    ['log1p', tf.log1p, [-1, 0, Infinity, -2, NaN], [-Infinity, 0, Infinity, NaN, NaN]],
    ['sigmoid', tf.sigmoid, [-Infinity, -200, 200, Infinity, NaN, 0], [0, 0, 1, 1, NaN, 0.5]],
    ['tanh', tf.tanh, [-Infinity, 100, Infinity, NaN, 0], [-1, 1, 1, NaN, 0]],
    ['softplus', tf.softplus, [-200, 0, 200, NaN], [0, Math.LN2, 200, NaN]],
    ['erf', tf.erf, [-Infinity, 9, NaN, 0], [-1, 1, NaN, 0]],
    ['relu', tf.relu, [-1, 0, 2, NaN, Infinity], [0, 0, 2, NaN, Infinity]],
    ['elu', tf.elu, [-Infinity, -1, 2, NaN], [-1, Math.expm1(-1), 2, NaN]],
    ['sign', tf.sign, [-3, 0, 4, NaN], [-1, 0, 1, NaN]],
    ['round', tf.round, [0.5, 1.5, 2.5, -0.5, -1.5], [0, 2, 2, -0, -2]],
    ['step', tf.step, [-1, 0, 1, NaN], [0, 0, 1, NaN]],
  ] as const)('%s at the edges', (_, f, x, wanted) => {
    const y = (f as (x: Tensor) => Tensor)(tf.tensor1d([...x])).dataSync();
    wanted.forEach((each, i) => (Number.isNaN(each) ? expect(y[i]).toBeNaN() : expect(y[i]! + 0).toBeCloseTo(each === Infinity ? Infinity : each + 0, 5)));
  });

  it('does every length, and nothing beyond it', () => {
    for (let n = 1; n <= 40; n++) {
      const x = Float32Array.from({ length: n }, (_, i) => i - 20.5);
      expect([...tf.abs(tf.tensor1d(x)).dataSync()]).toEqual([...x].map(Math.abs));
    }
  });

  it('makes rows of probabilities of every length', () => {
    for (let n = 1; n <= 21; n++) {
      const x = [0, 1].map((row) => Array.from({ length: n }, (_, i) => Math.sin(3 * i + row) * 40));
      const y = tf.softmax(tf.tensor2d(x)).arraySync() as number[][];
      x.forEach((row, r) => {
        const powers = row.map((each) => Math.exp(each - Math.max(...row)));
        const sum = powers.reduce((a, b) => a + b);
        powers.forEach((power, i) => expect(y[r]![i]).toBeCloseTo(power / sum, 6));
      });
    }
    expect(tf.softmax(tf.tensor1d([1, NaN, 2])).arraySync()).toEqual([NaN, NaN, NaN]);
  });
});
