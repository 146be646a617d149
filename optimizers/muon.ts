import { z } from 'zod';
import { defineOptimizer, share, type Place } from '../src/core/optimizer.ts';
import { tf, type Tensor, type Tensor2D } from '../src/core/tensor.ts';
import { correctedRate } from './adam.ts';
import { movingMean } from './movingMean.ts';

interface Exclusions { readonly excludeLayers: readonly string[]; readonly excludeEmbeddings: boolean }

/** Matrices take Muon's step, all else AdamW's; so do embeddings and what is excluded by name. */
const usesAdam = ({ excludeLayers, excludeEmbeddings }: Exclusions, { shape, path }: Place) =>
  shape.length !== 2 || (excludeEmbeddings && path.toLowerCase().includes('embedding')) || excludeLayers.some((pattern) => new RegExp(pattern).test(path));

interface Polynomial { readonly muonA: number; readonly muonB: number; readonly muonC: number; readonly nsSteps: number }

/** Nearly the closest matrix with orthonormal rows or columns: Newton and Schulz's iteration, stopped early. */
function orthogonalized(matrix: Tensor, { muonA, muonB, muonC, nsSteps }: Polynomial): Tensor {
  const [rows, columns] = matrix.shape as [number, number];
  const tall = rows > columns;
  let x = tf.div(matrix, tf.add(tf.sqrt(tf.sum(tf.square(matrix))), 1e-7)) as Tensor2D;
  for (let i = 0; i < nsSteps; i++) {
    // The smaller of the two products of x with itself.
    const products = tf.matMul(x, x, tall, !tall);
    const mixed = tf.add(tf.mul(products, muonB), tf.matMul(tf.mul(products, muonC), products)) as Tensor2D;
    x = tf.add(tf.mul(x, muonA), tall ? tf.matMul(x, mixed) : tf.matMul(mixed, x));
  }
  return x;
}

/** Orthogonalized momentum for matrices, AdamW for all other weights. Jordan et al., 2024; `rmsRate`: Liu et al., 2025. */
export const muon = defineOptimizer({
  kind: 'muon',
  keras: { name: 'Muon', rename: { adamBeta1: 'adam_beta_1', adamBeta2: 'adam_beta_2' } },
  learningRate: 0.001,
  weightDecay: 0.004,
  options: z.strictObject({
    adamBeta1: share.default(0.9),
    adamBeta2: share.default(0.999),
    /** Decay of the weights that AdamW trains. */
    adamWeightDecay: z.number().nonnegative().nullable().default(0.004),
    epsilon: z.number().nonnegative().default(1e-7),
    /** Regular expressions over `layer/weight`; what they find takes AdamW's step. */
    excludeLayers: z.array(z.string()).nullable().transform((given) => given ?? []).default([]),
    excludeEmbeddings: z.boolean().default(true),
    /** Coefficients of the polynomial that is iterated. */
    muonA: z.number().default(3.4445),
    muonB: z.number().default(-4.775),
    muonC: z.number().default(2.0315),
    /** The rate of AdamW's steps is the rate times this. */
    adamLrRatio: z.number().nonnegative().default(1),
    momentum: share.default(0.95),
    /** Iterations of the polynomial. */
    nsSteps: z.int().nonnegative().default(5),
    nesterov: z.boolean().default(true),
    /** Makes steps as large as AdamW's; `null` leaves them as they are. */
    rmsRate: z.number().positive().nullable().default(0.2),
  }),
  decay: (options, weight) => (usesAdam(options, weight) ? options.adamWeightDecay : options.weightDecay),
  slots: { momentum: 0, velocity: (options, weight) => (usesAdam(options, weight) ? 0 : undefined) },
  scalars: ({ options, rate, time }) => ({
    adamRate: correctedRate({ beta1: options.adamBeta1, beta2: options.adamBeta2 }, tf.mul(rate, options.adamLrRatio), time),
  }),
  step({ options, scalars, rate, gradient, weight, slots }) {
    if (slots.velocity) {
      const momentum = movingMean(slots.momentum, gradient, 1 - options.adamBeta1);
      const velocity = movingMean(slots.velocity, tf.square(gradient), 1 - options.adamBeta2);
      const pull = tf.div(tf.mul(momentum, scalars.adamRate), tf.add(tf.sqrt(velocity), options.epsilon));
      return { weight: tf.sub(weight, pull), slots: { momentum, velocity } };
    }
    const momentum = tf.add(tf.mul(slots.momentum, options.momentum), gradient);
    const direction = options.nesterov ? tf.add(tf.mul(momentum, options.momentum), gradient) : momentum;
    const size = options.rmsRate === null ? rate : tf.mul(rate, options.rmsRate * Math.sqrt(Math.max(...weight.shape)));
    return { weight: tf.sub(weight, tf.mul(orthogonalized(direction, options), size)), slots: { momentum, velocity: undefined } };
  },
});
