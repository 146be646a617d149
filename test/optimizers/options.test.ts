/** What single options do, where arithmetic can tell. */
import { beforeAll, describe, expect, test } from 'vitest';
import { ftrl, lamb, momentum, muon, scheduleFreeAdamW, sgd } from '../../optimizers/index.ts';
import { tf, type Tensor2D } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { startState, update } from '../../src/training/update.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';
import { bowl, descents, numbers } from './descend.ts';

const close = { rtol: 1e-5, atol: 1e-6 };
const flat = (path: ReturnType<typeof descents>) => path.map(({ weights }) => numbers(weights)[0]![0]!);

describe('sgd', () => {
  test('with momentum is the optimizer of that name', () => {
    tf.tidy(() => {
      const [one, other] = [sgd, momentum].map((make) => flat(descents(make({ learningRate: 0.1, momentum: 0.5, nesterov: true }), bowl(), 3)));
      expect(one).toEqual(other);
      expect(one).not.toEqual(flat(descents(sgd({ learningRate: 0.1 }), bowl(), 3)));
    });
  });

  test('names the option that lr stands for', () => {
    expect(() => sgd({ lr: 0.1 } as never)).toThrow(/^sgd: unknown option "lr" — did you mean "learningRate"\?$/);
  });

  test('and momentum share a Keras class, told apart by its config', () => {
    for (const [config, which] of [[{ momentum: 0 }, 'sgd'], [{}, 'sgd'], [{ momentum: 0.5 }, 'momentum']] as const) {
      expect([sgd, momentum].filter(({ keras }) => keras!.matches!(config)).map(({ kind }) => kind)).toEqual([which]);
    }
  });
});

describe.each(engines)('%s', (engine) => {
  beforeAll(() => setBackend(engine));

  test('momentum of 0 is plain descent, and keeps no velocity', () => {
    tf.tidy(() => {
      const path = descents(momentum({ learningRate: 0.1, momentum: 0 }), bowl(), 2);
      expectClose(flat(path), [1, 0.9, 0.81], close);
      expect(path[2]!.state.slots).toEqual([{}]);
    });
  });

  test('nesterov looks one step ahead', () => {
    // v = −0.1, w = 1 + 0.9 · (−0.1) − 0.1; v = 0.9 · (−0.1) − 0.081, w = 0.81 + 0.9 v − 0.081
    tf.tidy(() => expectClose(flat(descents(momentum({ learningRate: 0.1, nesterov: true }), bowl(), 2)), [1, 0.81, 0.5751], close));
  });

  test('ftrl with l1 makes weights exactly 0 that are worth too little', () => {
    tf.tidy(() => {
      const path = descents(ftrl({ learningRate: 0.5, l1RegularizationStrength: 0.6 }), [...bowl(1), ...bowl(3)], 3);
      const [small, large] = numbers(path[1]!.weights).flat() as [number, number];
      expect(Math.abs(small)).toBe(0);
      expect(large).not.toBe(0);
    });
  });

  test('lamb takes Adam\'s step where the weight is all zeros', () => {
    tf.tidy(() => {
      const hills = [{ path: '', start: { shape: [2], values: [0, 0] }, goal: { shape: [2], values: [3, -4] }, curvature: { shape: [2], values: [1, 1] } }];
      const [, first] = descents(lamb({ learningRate: 0.1 }), hills, 1);
      expectClose(numbers(first!.weights)[0]!, [0.1, -0.1], close);
    });
  });

  test.each([[[3, 2]], [[2, 3]], [[3, 3]]])('muon moves a matrix of %j by nearly orthonormal rows or columns', (shape) => {
    tf.tidy(() => {
      const optimizer = muon({ learningRate: 1, weightDecay: null, rmsRate: null });
      const gradient = tf.tensor([0.5, -1, 2, 3, 0.1, -0.7, 0.4, 1.2, -2].slice(0, shape[0]! * shape[1]!), shape);
      const { weights } = update(optimizer, [{ tensor: tf.zeros(shape) }], [gradient], startState(optimizer, [{ shape }]));
      const step = weights[0]! as Tensor2D;
      const tall = shape[0]! > shape[1]!;
      const products = tf.matMul(step, step, tall, !tall).arraySync() as number[][];
      // Five iterations bring singular values to between 0.7 and 1.2.
      products.forEach((row, i) => row.forEach((value, j) => {
        if (i === j) expect(Math.abs(value - 1)).toBeLessThan(0.5);
        else expect(Math.abs(value)).toBeLessThan(0.4);
      }));
      // It points down.
      expect(tf.sum(tf.mul(step, gradient)).dataSync()[0]).toBeLessThan(0);
    });
  });

  test('muon leaves vectors, embeddings and what is named to AdamW, with a decay of their own', () => {
    tf.tidy(() => {
      const optimizer = muon({ learningRate: 0.1, weightDecay: 0, adamWeightDecay: 0.5, excludeLayers: ['^head/'], momentum: 0 });
      const places = [['dense/kernel', [2, 2]], ['dense/bias', [2]], ['embedding/embeddings', [2, 2]], ['head/kernel', [2, 2]]] as const;
      const weights = places.map(([path, shape]) => ({ path, shape, tensor: tf.ones([...shape]) }));
      const state = startState(optimizer, weights);
      expect(state.slots.map((slots) => Object.keys(slots))).toEqual([['momentum'], ['momentum', 'velocity'], ['momentum', 'velocity'], ['momentum', 'velocity']]);
      const after = update(optimizer, weights, weights.map(({ tensor }) => tf.zerosLike(tensor)), state);
      expectClose(numbers(after.weights).map(([first]) => first!), [1, 0.95, 0.95, 0.95], close);
    });
  });

  test('scheduleFreeAdamW starts from the weights and warms up', () => {
    tf.tidy(() => {
      const path = descents(scheduleFreeAdamW({ learningRate: 0.1, warmupSteps: 4 }), bowl(0.7), 1);
      expectClose(numbers([path[0]!.state.slots[0]!.momentum!])[0]!, [0.7], close);
      expectClose(flat(path), [0.7, 0.7 - 0.1 / 4], close);
    });
  });
});
