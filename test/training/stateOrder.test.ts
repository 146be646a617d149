import { expect, test } from 'vitest';
import { adafactor, adam, nadam, rmsprop, sgd } from '../../optimizers/index.ts';
import { cosineDecay } from '../../optimizers/schedules/index.ts';
import type { Optimizer } from '../../src/core/optimizer.ts';
import { tf } from '../../src/core/tensor.ts';
import { restoreState, stateOrder } from '../../src/training/stateOrder.ts';
import '../engines.ts';

const weights = [{ shape: [2, 3] }, { shape: [3] }];
const names = (optimizer: Optimizer) => stateOrder(optimizer, weights).map(({ name }) => name);

// The order of optimizer.variables in Keras 3.15.1; keras.test.ts compares the numbers, too.
test('the slots of a weight lie together, those that options bring in blocks', () => {
  expect(names(adam({ amsgrad: true, useEma: true, gradientAccumulationSteps: 2 }))).toEqual([
    'iteration', 'rate', 'averages/0', 'averages/1', 'accumulators/0', 'accumulators/1',
    'slots/0/momentum', 'slots/0/velocity', 'slots/1/momentum', 'slots/1/velocity', 'slots/0/velocityHat', 'slots/1/velocityHat',
  ]);
  expect(names(rmsprop({ momentum: 0.5, centered: true })).slice(2)).toEqual([
    'slots/0/velocity', 'slots/1/velocity', 'slots/0/momentum', 'slots/1/momentum', 'slots/0/averageGradient', 'slots/1/averageGradient',
  ]);
  expect(names(nadam()).at(-1)).toBe('shared/uProduct');
  expect(stateOrder(adafactor(), weights).slice(2).map(({ shape }) => shape)).toEqual([[2], [3], [2, 3], [], [], [3]]);
});

test('a rate that a schedule gives is not kept', () => {
  expect(names(sgd())).toEqual(['iteration', 'rate']);
  expect(names(sgd({ learningRate: cosineDecay({ initialLearningRate: 1, decaySteps: 2 }) }))).toEqual(['iteration']);
});

test('a list that does not fit is refused', () => {
  tf.tidy(() => {
    const scalars = [tf.scalar(0, 'int32'), tf.scalar(0.1)];
    expect(() => restoreState(adam(), weights, scalars)).toThrow('adam: keeps 6 tensors for these weights, but 2 were saved; the file was saved with another optimizer, other options or another model');
    expect(() => restoreState(adam(), [{ shape: [2] }], [...scalars, tf.zeros([2]), tf.zeros([3])])).toThrow('adam: slots/0/velocity has shape [2], but [3] was saved');
  });
});
