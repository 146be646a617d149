import { defineOptimizer } from '../src/core/optimizer.ts';
import { heavyBall } from './heavyBall.ts';

/**
 * Heavy ball: `v ← momentum · v − rate · g`, then `w ← w + v` (Polyak, 1964); with `nesterov` one look ahead,
 * `w ← w + momentum · v − rate · g` (Sutskever et al., 2013). Keras's `SGD` with momentum.
 */
export const momentum = defineOptimizer({
  kind: 'momentum',
  keras: { name: 'SGD', matches: (config) => Boolean(config.momentum) },
  learningRate: 0.01,
  ...heavyBall(0.9),
});
