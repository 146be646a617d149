import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineOptimizer } from '../../src/core/optimizer.ts';
import { tf } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { startState, update } from '../../src/training/update.ts';
import { engines } from '../engines.ts';

describe.each(engines)('defineOptimizer on %s', (engine) => {
  beforeAll(() => setBackend(engine));

  test('gives a formula its options, its slots, what is kept once and what is computed once', () => {
    let updates = 0;
    const mine = defineOptimizer({
      kind: 'mine',
      learningRate: 0.5,
      options: z.strictObject({ factor: z.number().default(2), long: z.boolean().default(false) }),
      slots: {
        last: 3,
        copy: 'weight',
        sizes: (_, { shape }) => ({ shape: [shape.length], value: 7 }),
        rare: ({ long }, { path }) => (long && path === 'a/b' ? 1 : undefined),
      },
      shared: { start: { count: 10 }, next: ({ shared, time }) => ({ count: tf.add(shared.count, time) }) },
      scalars({ options, rate, shared }) {
        updates++;
        return { size: tf.mul(tf.mul(rate, options.factor), shared.count) };
      },
      step({ slots, scalars, gradient }) {
        // @ts-expect-error no such slot
        expect(slots.lost).toBeUndefined();
        // In another order than the rules.
        return { delta: tf.mul(gradient, scalars.size), slots: { ...slots, rare: slots.rare, last: gradient } };
      },
    });
    tf.tidy(() => {
      const optimizer = mine({ long: true });
      const weights = [{ path: 'a/b', value: tf.tensor1d([1, 2]) }, { path: 'a/c', value: tf.tensor2d([[4]]) }];
      const state = startState(optimizer, weights.map(({ path, value }) => ({ path, value, shape: value.shape })));
      expect(state.slots.map((slots) => Object.entries(slots).map(([name, tensor]) => [name, [...tensor.dataSync()]]))).toEqual([
        [['last', [3, 3]], ['copy', [1, 2]], ['sizes', [7]], ['rare', [1, 1]]],
        [['last', [3]], ['copy', [4]], ['sizes', [7, 7]]],
      ]);
      const gradients = [tf.tensor1d([1, -1]), tf.tensor2d([[1]])];
      const once = update(optimizer, weights.map(({ value, path }) => ({ tensor: value, path })), gradients, state);
      // 0.5 · 2 · (10 + 1), then 0.5 · 2 · (11 + 2)
      expect(once.weights.map((tensor) => [...tensor.dataSync()])).toEqual([[12, -9], [15]]);
      const twice = update(optimizer, once.weights.map((tensor, i) => ({ tensor, path: weights[i]!.path })), gradients, once.state);
      expect(twice.weights.map((tensor) => [...tensor.dataSync()])).toEqual([[25, -22], [28]]);
      expect(updates).toBe(2);
      expect(twice.state.slots.map((slots) => Object.keys(slots))).toEqual([['last', 'copy', 'sizes', 'rare'], ['last', 'copy', 'sizes']]);
      expect(twice.state.slots.map((slots) => [...slots.last!.dataSync()])).toEqual([[1, -1], [1]]);
    });
  });
});
