/** Activation functions, by name. Element-wise unless said otherwise; formulas are Keras 3's (`keras.activations`). */
import { z } from 'zod';
import { tf, type Tensor } from './tensor.ts';

/** A tensor in, one of the same shape out. */
export type ActivationFunction = (x: Tensor) => Tensor;

/**
 * What a softmax or sigmoid was taken of. A cross-entropy that finds its prediction here works from the logits, which keeps
 * it exact where probabilities have rounded to 0 or 1 (Keras on TensorFlow does the same).
 */
const logits = new WeakMap<Tensor, { readonly of: 'softmax' | 'sigmoid'; readonly logits: Tensor }>();

export const logitsOf = (probabilities: Tensor, of: 'softmax' | 'sigmoid'): Tensor | undefined => {
  const known = logits.get(probabilities);
  return known?.of === of ? known.logits : undefined;
};

const remembering = (of: 'softmax' | 'sigmoid', x: Tensor, y: Tensor): Tensor => {
  logits.set(y, { of, logits: x });
  return y;
};

export const activations = {
  /** `x` */
  linear: (x: Tensor): Tensor => x,
  /** `max(x, 0)` */
  relu: (x: Tensor): Tensor => tf.relu(x),
  /** `1 / (1 + e⁻ˣ)` */
  sigmoid: (x: Tensor): Tensor => remembering('sigmoid', x, tf.sigmoid(x)),
  /** `eˣ / Σ eˣ` over the last axis. */
  softmax: (x: Tensor): Tensor => remembering('softmax', x, tf.softmax(x)),
  tanh: (x: Tensor): Tensor => tf.tanh(x),
} as const;

export type ActivationName = keyof typeof activations;

/** The schema of an option that takes an activation: its name, or a function from tensor to tensor (which cannot be saved). */
export const activation = z.union([
  z.enum(Object.keys(activations) as [ActivationName, ...ActivationName[]]),
  z.custom<ActivationFunction>((given) => typeof given === 'function', 'must be a function of a tensor'),
]);
export type Activation = z.output<typeof activation>;

export const activate = (how: Activation, x: Tensor): Tensor => (typeof how === 'function' ? how(x) : activations[how](x));
