/** Every loss, with options that matter to its gradient. */
import { activations } from '../../src/core/activations.ts';
import type { LossFunction } from '../../src/core/loss.ts';
import { losses } from '../../src/losses/index.ts';

const scores = [[0.3, -1.2, 2], [0.1, 0.4, -0.7], [1.1, -0.3, 0.6]];
const probabilities = [[0.5, 0.2, 0.3], [0.15, 0.45, 0.4], [0.6, 0.1, 0.3]];
const numbers = [[0.9, -0.4, 1.5], [0.8, 0.2, -1.9], [-0.5, 0.7, 0.25]];
const positive = [[1, 2, 0.5], [3, 0.4, 0.6], [2, 1.5, 0.7]];
const bits = [[1, 0, 1], [0, 0, 1], [1, 1, 0]];
const oneHot = [[0, 1, 0], [1, 0, 0], [0, 0, 1]];
const shares = [[0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]];

/** Targets, predictions, and whether a gradient flows to the targets. */
export interface LossCase { readonly make: () => LossFunction; readonly y: number[][] | number[]; readonly p: number[][] | number[][][]; readonly both?: true }

const cases: { [kind in keyof typeof losses]: LossCase[] } = {
  binaryCrossentropy: [
    { make: () => losses.binaryCrossentropy({ labelSmoothing: 0.1 }), y: bits, p: probabilities },
    { make: () => losses.binaryCrossentropy({ fromLogits: true, axis: 0 }), y: bits, p: scores },
    { make: () => (y, x) => losses.binaryCrossentropy()(y, activations.sigmoid(x)), y: shares, p: scores },
  ],
  binaryFocalCrossentropy: [
    { make: () => losses.binaryFocalCrossentropy({ applyClassBalancing: true, gamma: 1.5 }), y: bits, p: probabilities },
    { make: () => losses.binaryFocalCrossentropy({ fromLogits: true }), y: bits, p: scores },
    { make: () => (y, x) => losses.binaryFocalCrossentropy()(y, activations.sigmoid(x)), y: bits, p: scores },
  ],
  categoricalCrossentropy: [
    { make: () => losses.categoricalCrossentropy({ labelSmoothing: 0.1 }), y: oneHot, p: probabilities },
    { make: () => losses.categoricalCrossentropy({ fromLogits: true, axis: 0 }), y: shares, p: scores },
    { make: () => (y, x) => losses.categoricalCrossentropy()(y, activations.softmax(x)), y: bits, p: scores },
  ],
  categoricalFocalCrossentropy: [
    { make: () => losses.categoricalFocalCrossentropy({ alpha: [0.2, 0.5, 0.3] }), y: oneHot, p: probabilities },
    { make: () => losses.categoricalFocalCrossentropy({ fromLogits: true, gamma: 1 }), y: oneHot, p: scores },
  ],
  categoricalGeneralizedCrossEntropy: [
    { make: () => losses.categoricalGeneralizedCrossEntropy(), y: [0, 2, 1], p: probabilities },
    { make: () => losses.categoricalGeneralizedCrossEntropy({ q: 0.7 }), y: [0, 2, 1], p: probabilities },
  ],
  categoricalHinge: [{ make: () => losses.categoricalHinge(), y: oneHot, p: scores }],
  circle: [{ make: () => losses.circle({ gamma: 2 }), y: [0, 1, 0], p: shares }],
  cosineSimilarity: [
    { make: () => losses.cosineSimilarity(), y: scores, p: numbers, both: true },
    { make: () => losses.cosineSimilarity({ axis: 0 }), y: scores, p: numbers, both: true },
  ],
  ctc: [{ make: () => losses.ctc(), y: [[1], [2]], p: [scores, numbers] }],
  dice: [{ make: () => losses.dice(), y: bits, p: probabilities, both: true }, { make: () => losses.dice({ axis: [1] }), y: bits, p: probabilities, both: true }],
  hinge: [{ make: () => losses.hinge(), y: bits, p: scores }, { make: () => losses.hinge(), y: numbers, p: scores, both: true }],
  huber: [{ make: () => losses.huber({ delta: 0.7 }), y: scores, p: numbers, both: true }],
  klDivergence: [{ make: () => losses.klDivergence(), y: shares, p: probabilities, both: true }],
  logCosh: [{ make: () => losses.logCosh(), y: scores, p: numbers, both: true }],
  meanAbsoluteError: [{ make: () => losses.meanAbsoluteError(), y: scores, p: numbers, both: true }],
  meanAbsolutePercentageError: [{ make: () => losses.meanAbsolutePercentageError(), y: positive, p: numbers, both: true }],
  meanSquaredError: [{ make: () => losses.meanSquaredError(), y: scores, p: numbers, both: true }],
  meanSquaredLogarithmicError: [{ make: () => losses.meanSquaredLogarithmicError(), y: shares, p: positive, both: true }],
  poisson: [{ make: () => losses.poisson(), y: positive, p: shares, both: true }],
  sparseCategoricalCrossentropy: [
    { make: () => losses.sparseCategoricalCrossentropy(), y: [1, 0, 2], p: probabilities },
    { make: () => losses.sparseCategoricalCrossentropy({ fromLogits: true, ignoreClass: 0 }), y: [1, 0, 2], p: scores },
    { make: () => (y, x) => losses.sparseCategoricalCrossentropy()(y, activations.softmax(x)), y: [1, 0, 2], p: scores },
  ],
  squaredHinge: [{ make: () => losses.squaredHinge(), y: bits, p: scores }],
  tversky: [{ make: () => losses.tversky({ alpha: 0.3, beta: 0.7 }), y: bits, p: probabilities, both: true }],
};

export const lossCases = Object.entries(cases).flatMap(([kind, all]) => all.map((example, i) => ({ kind, i, ...example })));
