import { describe, expect, test } from 'vitest';
import { initializer, initializers, type Initializer } from '../../src/core/initializers.ts';
import { formulaOf } from '../../src/core/part.ts';

const draw = (from: Initializer, shape: readonly number[], seed: readonly [number, number] = [3, 5]) => [...formulaOf(from)(shape, seed)];

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const deviation = (values: readonly number[]) => Math.sqrt(mean(values.map((v) => (v - mean(values)) ** 2)));
/** Columns of a row-major matrix. */
const columns = (values: readonly number[], n: number) => Array.from({ length: n }, (_, j) => values.filter((_, i) => i % n === j));
const product = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

describe('initializers', () => {
  test('zeros, ones, constant, identity', () => {
    expect(draw(initializers.zeros(), [2, 2])).toEqual([0, 0, 0, 0]);
    expect(draw(initializers.ones(), [3])).toEqual([1, 1, 1]);
    expect(draw(initializers.constant({ value: 2.5 }), [1, 2])).toEqual([2.5, 2.5]);
    expect(draw(initializers.identity({ gain: 3 }), [2, 3])).toEqual([3, 0, 0, 0, 3, 0]);
    expect(draw(initializers.ones(), [])).toEqual([1]);
  });

  test('identity and orthogonal say which weights they cannot start', () => {
    expect(() => draw(initializers.identity(), [2, 2, 2])).toThrow('identity: starts matrices only, but here is a weight of shape [2, 2, 2]; use another initializer');
    expect(() => draw(initializers.orthogonal(), [4])).toThrow('orthogonal: needs a weight of two or more axes, but here is one of shape [4]');
  });

  test('the bounds and moments of the simple distributions', () => {
    const uniform = draw(initializers.randomUniform({ minval: 2, maxval: 6 }), [100, 100]);
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...uniform)).toBeLessThan(6);
    expect(mean(uniform)).toBeCloseTo(4, 1);
    expect(deviation(uniform)).toBeCloseTo(4 / Math.sqrt(12), 1);

    const normal = draw(initializers.randomNormal({ mean: 1, stddev: 2 }), [100, 100]);
    expect(mean(normal)).toBeCloseTo(1, 1);
    expect(deviation(normal)).toBeCloseTo(2, 1);

    const truncated = draw(initializers.truncatedNormal({ mean: 1, stddev: 2 }), [100, 100]);
    expect(Math.max(...truncated.map((v) => Math.abs(v - 1)))).toBeLessThanOrEqual(4);
    expect(deviation(truncated)).toBeCloseTo(2 * 0.8796256610342398, 1);
    // 23 random bits: among 10,000 draws a few are the same by chance, not hundreds.
    expect(new Set(truncated).size).toBeGreaterThan(9950);
  });

  // A 5 × 5 convolution from 8 to 16 channels: each unit has 200 inputs and 400 outputs.
  const shape = [5, 5, 8, 16];
  test.each([
    ['glorotUniform', 2 / 600], ['glorotNormal', 2 / 600], ['heUniform', 2 / 200], ['heNormal', 2 / 200], ['lecunUniform', 1 / 200], ['lecunNormal', 1 / 200],
  ] as const)('%s has the variance that its paper asks for', (kind, variance) => {
    const values = draw(initializers[kind](), shape);
    expect(mean(values)).toBeCloseTo(0, 2);
    expect(deviation(values) / Math.sqrt(variance)).toBeCloseTo(1, 1);
    if (kind.endsWith('Uniform')) expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(3 * variance));
    else expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(2 * Math.sqrt(variance) / 0.8796256610342398);
  });

  test('varianceScaling scales by the inputs, the outputs or both', () => {
    for (const [mode, fan] of [['fanIn', 200], ['fanOut', 400], ['fanAvg', 300]] as const) {
      const values = draw(initializers.varianceScaling({ scale: 3, mode, distribution: 'untruncatedNormal' }), shape);
      expect(deviation(values) / Math.sqrt(3 / fan)).toBeCloseTo(1, 1);
    }
    // A vector is its own input and output; a scalar has one of each.
    expect(deviation(draw(initializers.varianceScaling({ mode: 'fanOut' }), [5000])) * Math.sqrt(5000)).toBeCloseTo(1, 1);
    expect(draw(initializers.varianceScaling(), [])).toHaveLength(1);
  });

  test.each([[[6, 4]], [[4, 6]], [[5, 5]], [[3, 2, 4]], [[40, 40]]])('orthogonal: %j has orthonormal columns, or rows if there are fewer', (sizes) => {
    const gain = 1.5;
    const values = draw(initializers.orthogonal({ gain }), sizes);
    const width = sizes.at(-1)!;
    const height = values.length / width;
    const vectors = height >= width ? columns(values, width) : Array.from({ length: height }, (_, i) => values.slice(i * width, (i + 1) * width));
    for (const [i, a] of vectors.entries()) for (const [j, b] of vectors.entries()) expect(product(a, b)).toBeCloseTo(i === j ? gain ** 2 : 0, 5);
  });

  test('the same seed gives the same values, another seed others; a seed of its own stands above the model\'s', () => {
    for (const make of [initializers.glorotUniform, initializers.randomNormal, initializers.truncatedNormal, initializers.orthogonal]) {
      expect(draw(make(), [4, 4])).toEqual(draw(make(), [4, 4]));
      expect(draw(make(), [4, 4])).not.toEqual(draw(make(), [4, 4], [3, 6]));
      expect(draw(make({ seed: 9 }), [4, 4])).toEqual(draw(make({ seed: 9 }), [4, 4], [3, 6]));
    }
  });

  test('can be given by name, by saved data, or made; a name that is not there is refused with the nearest one', () => {
    const saved = JSON.parse(JSON.stringify(initializers.randomNormal({ stddev: 0.2 }))) as { kind: 'randomNormal' };
    expect(draw(initializer.parse(saved), [3])).toEqual(draw(initializers.randomNormal({ stddev: 0.2 }), [3]));
    expect(draw(initializer.parse('ones'), [2])).toEqual([1, 1]);
    expect(() => initializer.parse('glorotUnifrom')).toThrow('did you mean \\"glorotUniform\\"?');
    // @ts-expect-error stddev is meant
    expect(() => initializers.randomNormal({ stdev: 1 })).toThrow('randomNormal: unknown option "stdev" — did you mean "stddev"?');
  });
});
