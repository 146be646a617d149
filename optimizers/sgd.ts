import { defineOptimizer } from '../src/core/optimizer.ts';
import { heavyBall } from './heavyBall.ts';

/** Stochastic gradient descent: `w ← w − rate · g`; with `momentum` it is the optimizer of that name. Keras's `SGD`. */
export const sgd = defineOptimizer({
  kind: 'sgd',
  keras: { name: 'SGD', matches: ({ momentum }) => !momentum },
  learningRate: 0.01,
  ...heavyBall(0),
});
