import { beforeAll, describe, expect, test } from 'vitest';
import { adam, momentum, sgd } from '../../optimizers/index.ts';
import { exponentialDecay } from '../../optimizers/schedules/index.ts';
import { constraints, type Constraint } from '../../src/core/constraints.ts';
import type { Optimizer } from '../../src/core/optimizer.ts';
import { tf } from '../../src/core/tensor.ts';
import { setBackend } from '../../src/runtime/choose.ts';
import { currentRate, startState, update, type OptimizerState } from '../../src/training/update.ts';
import { engines } from '../engines.ts';
import { expectClose } from '../helpers/close.ts';

const close = { rtol: 1e-6, atol: 1e-7 };

/** One weight, at its values after each batch of these gradients. */
function walk(optimizer: Optimizer, start: number[], gradients: readonly number[][], constraint?: Constraint): { path: number[][]; states: OptimizerState[] } {
  let weight = tf.tensor1d(start);
  let state = startState(optimizer, [{ shape: weight.shape }]);
  const path = [start];
  const states = [state];
  for (const gradient of gradients) {
    const after = update(optimizer, [{ tensor: weight, constraint }], [tf.tensor1d(gradient)], state);
    weight = after.weights[0]! as typeof weight;
    state = after.state;
    path.push([...weight.dataSync()]);
    states.push(state);
  }
  return { path, states };
}

const expectPath = (got: readonly number[][], want: readonly number[][]) => {
  expect(got.length).toBe(want.length);
  got.forEach((values, i) => expectClose(values, want[i]!, close));
};

describe.each(engines)('update on %s', (engine) => {
  beforeAll(() => setBackend(engine));
  const tidy = (name: string, check: () => void) => test(name, () => void tf.tidy(check));

  tidy('clips the norm of a gradient, and leaves a smaller one to the bit', () => {
    const { path } = walk(sgd({ learningRate: 1, clipnorm: 1 }), [0, 0], [[3, 4], [0.1, -0.3], [0, 0]]);
    expectPath(path, [[0, 0], [-0.6, -0.8], [-0.7, -0.5], [-0.7, -0.5]]);
    const [, small] = walk(sgd({ learningRate: 1, clipnorm: 0.7 }), [0, 0], [[0.1, -0.3]]).path;
    expect(small).toEqual([-0.1, 0.3].map(Math.fround));
  });

  tidy('clips the norm of all gradients together', () => {
    const optimizer = sgd({ learningRate: 1, globalClipnorm: 1 });
    const weights = [{ tensor: tf.zeros([1]) }, { tensor: tf.zeros([2, 1]) }];
    const state = startState(optimizer, weights.map(({ tensor: { shape } }) => ({ shape })));
    const after = update(optimizer, weights, [tf.tensor1d([3]), tf.tensor2d([[0], [4]])], state).weights;
    expectClose(after[0]!.dataSync(), [-0.6], close);
    expectClose(after[1]!.dataSync(), [0, -0.8], close);
  });

  tidy('clips each element', () => {
    expectPath(walk(sgd({ learningRate: 1, clipvalue: 0.5 }), [0, 0, 0], [[3, -4, 0.2]]).path, [[0, 0, 0], [-0.5, 0.5, -0.2]]);
  });

  tidy('weights decay before the step', () => {
    // 1 · (1 − 0.1 · 0.5) − 0.1 · 2
    expectPath(walk(sgd({ learningRate: 0.1, weightDecay: 0.5 }), [1], [[2]]).path, [[1], [0.75]]);
  });

  tidy('gathers gradients: every third batch a step by their mean, and nothing moves in between', () => {
    const { path, states } = walk(momentum({ learningRate: 1, momentum: 0.5, weightDecay: 0.5, gradientAccumulationSteps: 3 }), [1], [[1], [2], [6], [0], [0], [3]]);
    // 1 · 0.5 − 3; then v = 0.5 · (−3) − 1 = −2.5
    expectPath(path, [[1], [1], [1], [-2.5], [-2.5], [-2.5], [-1.25 - 2.5]]);
    expect(states.map(({ accumulators }) => accumulators![0]!.dataSync()[0])).toEqual([0, 1, 3, 0, 0, 0, 0]);
    expect(states.map(({ slots }) => slots[0]!.velocity!.dataSync()[0])).toEqual([0, 0, 0, -3, -3, -3, -2.5]);
    expect(states.map(({ iteration }) => iteration.dataSync()[0])).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  tidy('a gradient that is not a number spoils one update, and not the sum after it', () => {
    const { states } = walk(sgd({ gradientAccumulationSteps: 2 }), [1], [[1], [NaN], [5]]);
    expect(states.map(({ accumulators }) => accumulators![0]!.dataSync()[0])).toEqual([0, 1, 0, 5]);
  });

  tidy('Adam counts updates, not batches', () => {
    const gathered = walk(adam({ learningRate: 0.1, gradientAccumulationSteps: 2 }), [1], [[1], [3], [0], [1]]).path;
    const straight = walk(adam({ learningRate: 0.1 }), [1], [[2], [0.5]]).path;
    expectPath([gathered[2]!, gathered[4]!], [straight[1]!, straight[2]!]);
  });

  tidy('keeps averages: the first is the weight, then momentum · average + (1 − momentum) · weight', () => {
    const { path, states } = walk(sgd({ learningRate: 1, useEma: true, emaMomentum: 0.75 }), [1], [[-1], [-2], [-4]]);
    expectPath(path, [[1], [2], [4], [8]]);
    expectPath(states.map(({ averages }) => [...averages![0]!.dataSync()]), [[0], [2], [2.5], [3.875]]);
  });

  tidy('sets the weights to their averages every so many updates, and then constrains them', () => {
    const { path, states } = walk(sgd({ learningRate: 1, useEma: true, emaMomentum: 0.5, emaOverwriteFrequency: 2 }), [1], [[3], [-6], [1]], constraints.nonNeg());
    // −2 → 0, average −2; 0 + 6, average 2; 2 − 1, average 1.5
    expectPath(path, [[1], [0], [2], [1]]);
    expectPath(states.map(({ averages }) => [...averages![0]!.dataSync()]), [[0], [-2], [2], [1.5]]);
  });

  tidy('a schedule, or a function, sees the number of batches before this one', () => {
    const rates = (learningRate: Parameters<typeof sgd>[0]) => walk(sgd(learningRate), [0], [[1], [1], [1]]).path.flat();
    expectClose(rates({ learningRate: exponentialDecay({ initialLearningRate: 1, decaySteps: 1, decayRate: 0.5 }) }), [0, -1, -1.5, -1.75], close);
    expectClose(rates({ learningRate: (step) => tf.add(step, 1) }), [0, -1, -3, -6], close);
    expectClose(rates({ learningRate: (step) => tf.add(step, 1), gradientAccumulationSteps: 3 }), [0, 0, 0, -3], close);
  });

  tidy('a rate that is a number is the state\'s, so that it can be set between batches', () => {
    const optimizer = sgd({ learningRate: 0.5 });
    const state = startState(optimizer, [{ shape: [1] }]);
    expect(currentRate(optimizer, state).dataSync()[0]).toBe(0.5);
    const after = update(optimizer, [{ tensor: tf.tensor1d([1]) }], [tf.tensor1d([1])], { ...state, rate: tf.scalar(0.25) });
    expect(after.weights[0]!.dataSync()[0]).toBe(0.75);
    expect(after.state.rate.dataSync()[0]).toBe(0.25);
  });

  tidy('keeps nothing that was not asked for', () => {
    const { states } = walk(sgd(), [1], [[1]]);
    for (const state of states) expect(Object.keys(state).sort()).toEqual(['iteration', 'rate', 'shared', 'slots']);
    expect(states[1]!.iteration.dtype).toBe('int32');
  });

  test('trains a model without weights', () => {
    tf.tidy(() => {
      const optimizer = adam({ globalClipnorm: 1, useEma: true });
      expect(update(optimizer, [], [], startState(optimizer, [])).weights).toEqual([]);
    });
  });
});
