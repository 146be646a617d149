/** What the cells of LSTM, GRU and simple RNN have in common: options, weights, dropout. */
import { z } from 'zod';
import { activate, activation, type Activation } from '../../src/core/activations.ts';
import { constraint } from '../../src/core/constraints.ts';
import { ModelError } from '../../src/core/errors.ts';
import { initializer } from '../../src/core/initializers.ts';
import type { Run } from '../../src/core/defineLayer.ts';
import { weight } from '../../src/core/weight.ts';
import { regularizer } from '../../src/core/regularizers.ts';
import { fits, show, type Shape } from '../../src/core/shape.ts';
import { tf, type Tensor } from '../../src/core/tensor.ts';
import { dropoutMask } from './dropoutMask.ts';
import { known } from './known.ts';

const share = z.number().min(0).max(1).default(0);

/** Of every cell, whatever its kernels are. */
export const kernelOptions = {
  activation: activation.default('tanh'),
  useBias: z.boolean().default(true),
  kernelInitializer: initializer.prefault('glorotUniform'),
  recurrentInitializer: initializer.prefault('orthogonal'),
  biasInitializer: initializer.prefault('zeros'),
  kernelRegularizer: regularizer,
  recurrentRegularizer: regularizer,
  biasRegularizer: regularizer,
  kernelConstraint: constraint,
  recurrentConstraint: constraint,
  biasConstraint: constraint,
  /** Share of the inputs that is dropped: the same ones at every step. */
  dropout: share,
  /** Share of the state that is dropped on its way into the next step: the same units at every step. */
  recurrentDropout: share,
  seed: z.int().nullable().default(null),
};

export const cellOptions = { units: z.int().positive(), ...kernelOptions };
export type CellOptions = z.output<z.ZodObject<typeof cellOptions>>;

/** Keys of Keras's files that say how it computes, not what. */
export const passedOver = ['implementation', 'use_cudnn'];

/** `kernel` [features, gates · units], `recurrentKernel` [units, gates · units], and `bias` of a shape that the cell says. */
export function cellWeights(kind: string, options: CellOptions, input: Shape, gates: number, biasShape: readonly number[] = [gates * options.units]) {
  const features = known(kind, 'features', input.at(-1), input);
  const { units, useBias } = options;
  return {
    kernel: weight([features, gates * units], options.kernelInitializer, { regularizer: options.kernelRegularizer, constraint: options.kernelConstraint }),
    recurrentKernel: weight([units, gates * units], options.recurrentInitializer, { regularizer: options.recurrentRegularizer, constraint: options.recurrentConstraint }),
    bias: useBias ? weight(biasShape, options.biasInitializer, { regularizer: options.biasRegularizer, constraint: options.biasConstraint }) : undefined,
  };
}

/** @throws ModelError unless a cell is called on `[x, ...states]` */
export function checkStates(kind: string, states: readonly Shape[], given: readonly Shape[]): void {
  if (given.length === states.length && states.every((state, i) => fits(state, given[i]!))) return;
  throw new ModelError(kind, `takes [x, ...states] with states of ${states.map(show).join(' and ')}, got states of ${given.map(show).join(' and ') || 'no shape'}; put it into rnn({ cell })`);
}

/** Multiplies by a kernel along the last axis, with the dropout masks `[…, features]` of all gates or `[gates, …, features]` of each. */
export function product(kernel: Tensor, masks?: Tensor): (x: Tensor) => Tensor {
  const [features, columns] = kernel.shape as [number, number];
  const rows = (x: Tensor) => (x.rank === 2 ? tf.matMul(x, kernel) : tf.reshape(tf.matMul(tf.reshape(x, [-1, features]), kernel), [...x.shape.slice(0, -1), columns]));
  if (!masks) return rows;
  if (masks.rank === 2) return (x) => rows(tf.mul(x, masks));
  const [gates, batch] = masks.shape as [number, number];
  const units = columns / gates;
  const byGate = tf.transpose(tf.reshape(kernel, [features, gates, units]), [1, 0, 2]);
  return (x) => {
    const masked = tf.mul(x, x.rank === 2 ? masks : tf.reshape(masks, [gates, 1, batch, features]));
    const products = tf.matMul(tf.reshape(masked, [gates, -1, features]), byGate);
    return tf.reshape(tf.transpose(products, [1, 0, 2]), [...x.shape.slice(0, -1), columns]);
  };
}

/**
 * The masks that this pass drops with, drawn once for all steps: as in Keras one for all gates, or with recurrent dropout
 * one for each. `x` is `[…, batch, features]`.
 */
export function cellMasks({ options: { dropout, recurrentDropout, units, seed }, training, random }: Pick<Run<CellOptions, never>, 'options' | 'training' | 'random'>, x: Tensor, gates: number) {
  const [batch, features] = x.shape.slice(-2) as [number, number];
  const each = recurrentDropout > 0 && gates > 1 ? [gates] : [];
  const draw = (rate: number, size: number) => (training && rate > 0 && rate < 1 ? dropoutMask(random, rate, [...each, batch, size], seed) : undefined);
  return { input: draw(dropout, features), state: draw(recurrentDropout, units) };
}

/** Activations that look at one number at a time, so that several gates can go through at once. */
const elementwise: ReadonlySet<Activation> = new Set<Activation>(['sigmoid', 'tanh', 'relu', 'linear']);

/** Takes `[batch, …, count · units]` apart into its gates along an axis, activated. */
export const activeGates = (how: Activation, gates: Tensor, count: number, axis = 1): Tensor[] => (elementwise.has(how)
  ? tf.split(activate(how, gates), count, axis)
  : tf.split(gates, count, axis).map((gate) => activate(how, gate)));
