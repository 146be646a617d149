/** Activation functions, by name. Element-wise unless said otherwise; formulas are Keras 3's (`keras.activations`). */
import { z } from 'zod';
import { along } from './along.ts';
import { ModelError } from './errors.ts';
import type { Layer, Pass } from './layer.ts';
import { show, sized, type Shape } from './shape.ts';
import { sparsemax } from './sparsemax.ts';
import { tf, type Tensor } from './tensor.ts';

/** A tensor in, one of the same shape out; only `glu` halves the last axis. */
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

const silu = (x: Tensor): Tensor => tf.mul(x, tf.sigmoid(x));
const hardSigmoid = (x: Tensor): Tensor => tf.div(tf.relu6(tf.add(x, 3)), 6);
const hardSilu = (x: Tensor): Tensor => tf.mul(x, hardSigmoid(x));
const hardTanh = (x: Tensor): Tensor => tf.clipByValue(x, -1, 1);

export const activations = {
  /** `x` */
  linear: (x: Tensor): Tensor => x,
  /** `max(x, 0)`; with settings `x` above `threshold`, at most `maxValue`, and below it `negativeSlope · (x − threshold)`. */
  relu: (x: Tensor, negativeSlope = 0, maxValue: number | null = null, threshold = 0): Tensor => {
    if (maxValue === null && threshold === 0) return negativeSlope === 0 ? tf.relu(x) : tf.leakyRelu(x, negativeSlope);
    const above = threshold === 0 ? tf.relu(x) : tf.mul(x, tf.step(tf.sub(x, threshold)));
    const positive = maxValue === null ? above : tf.clipByValue(above, 0, maxValue);
    return negativeSlope === 0 ? positive : tf.sub(positive, tf.mul(tf.relu(tf.sub(threshold, x)), negativeSlope));
  },
  /** `min(max(x, 0), 6)` */
  relu6: (x: Tensor): Tensor => tf.relu6(x),
  /** `x` where positive, else `negativeSlope · x`. */
  leakyRelu: (x: Tensor, negativeSlope = 0.2): Tensor => tf.leakyRelu(x, negativeSlope),
  /** `x` where positive, else `alpha · (eˣ − 1)`. Clevert et al., 2016. */
  elu: (x: Tensor, alpha = 1): Tensor => (alpha === 1 ? tf.elu(x) : tf.add(tf.mul(tf.elu(x), alpha), tf.mul(tf.relu(x), 1 - alpha))),
  /** `1.0507 · elu(x, 1.6733)`. Klambauer et al., 2017. */
  selu: (x: Tensor): Tensor => tf.selu(x),
  /** `x` where positive, else `alpha · (exp(x / alpha) − 1)`. Barron, 2017. */
  celu: (x: Tensor, alpha = 1): Tensor => (alpha === 1 ? tf.elu(x) : tf.mul(tf.elu(tf.div(x, alpha)), alpha)),
  /** `x · P(X ≤ x)` for a normal `X`; `approximate` takes tanh in place of the error function. Hendrycks and Gimpel, 2016. */
  gelu: (x: Tensor, approximate = false): Tensor => {
    const spread = approximate
      ? tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI)))
      : tf.erf(tf.mul(x, Math.SQRT1_2));
    return tf.mul(tf.mul(x, 0.5), tf.add(spread, 1));
  },
  /** `x · sigmoid(x)`, also called swish. Ramachandran et al., 2017. */
  silu,
  /** Keras's other name for `silu`. */
  swish: silu,
  /** `x · relu6(x + 3) / 6`. Howard et al., 2019. */
  hardSilu,
  /** Keras's other name for `hardSilu`. */
  hardSwish: hardSilu,
  /** `x · tanh(softplus(x))`. Misra, 2019. */
  mish: (x: Tensor): Tensor => tf.mul(x, tf.tanh(tf.softplus(x))),
  /** `ln(1 + eˣ)` */
  softplus: (x: Tensor): Tensor => tf.softplus(x),
  /** `(x + √(x² + b)) / 2`. Barron, 2021. */
  squareplus: (x: Tensor, b = 4): Tensor => tf.mul(tf.add(x, tf.sqrt(tf.add(tf.square(x), b))), 0.5),
  /** 0 up to −1, `x` from 1 on, `(x + 1)² / 4` between. */
  sparsePlus: (x: Tensor): Tensor => tf.add(tf.mul(tf.square(tf.add(hardTanh(x), 1)), 0.25), tf.relu(tf.sub(x, 1))),
  /** `x / (1 + |x|)` */
  softsign: (x: Tensor): Tensor => tf.div(x, tf.add(tf.abs(x), 1)),
  /** `1 / (1 + e⁻ˣ)` */
  sigmoid: (x: Tensor): Tensor => remembering('sigmoid', x, tf.sigmoid(x)),
  /** `ln sigmoid(x)` */
  logSigmoid: (x: Tensor): Tensor => tf.logSigmoid(x),
  /** `relu6(x + 3) / 6` */
  hardSigmoid,
  /** 0 up to −1, 1 from 1 on, a straight line between. Blondel et al., 2019. */
  sparseSigmoid: (x: Tensor): Tensor => tf.mul(tf.add(hardTanh(x), 1), 0.5),
  tanh: (x: Tensor): Tensor => tf.tanh(x),
  /** `x` cut at −1 and 1. */
  hardTanh,
  /** `x − tanh(x)` */
  tanhShrink: (x: Tensor): Tensor => tf.sub(x, tf.tanh(x)),
  /** `x`, but 0 where `|x|` is at most `threshold`. */
  hardShrink: (x: Tensor, threshold = 0.5): Tensor => tf.mul(x, tf.step(tf.sub(tf.abs(x), threshold))),
  /** `x`, moved towards 0 by `threshold`, but not beyond. */
  softShrink: (x: Tensor, threshold = 0.5): Tensor => tf.sub(x, tf.clipByValue(x, -threshold, threshold)),
  /** `eˣ` */
  exponential: (x: Tensor): Tensor => tf.exp(x),
  /** `eˣ / Σ eˣ` over an axis. */
  softmax: (x: Tensor, axis = -1): Tensor => along(x, axis, (y) => remembering('softmax', y, tf.softmax(y))),
  /** `x − ln Σ eˣ` over an axis. */
  logSoftmax: (x: Tensor, axis = -1): Tensor => along(x, axis, (y) => tf.logSoftmax(y)),
  /** Softmax's sparse relative, over an axis: many components are exactly 0. Martins and Astudillo, 2016. */
  sparsemax: (x: Tensor, axis = -1): Tensor => along(x, axis, sparsemax),
  /** The first half of an axis, gated by the second: `a · sigmoid(b)`. Halves the axis. Dauphin et al., 2017. */
  glu: (x: Tensor, axis = -1): Tensor => {
    const [a, b] = tf.split(x, 2, axis);
    return tf.mul(a!, tf.sigmoid(b!));
  },
  /** 1 from 0 on, else 0: the perceptron's. Its gradient is 0 everywhere. Not in Keras. */
  binaryStep: (x: Tensor): Tensor => tf.cast(tf.greaterEqual(x, 0), 'float32'),
  /** Not in Keras. */
  arctan: (x: Tensor): Tensor => tf.atan(x),
  /** `sin(x)`. Sitzmann et al., 2020. Not in Keras. */
  sine: (x: Tensor): Tensor => tf.sin(x),
} as const;

export type ActivationName = keyof typeof activations;

/** Runs a layer that needs neither weights nor randomness. */
const bare: Pass = {
  training: false,
  random: { uniform: (shape) => tf.zeros([...shape]), normal: (shape) => tf.zeros([...shape]) },
  weights: () => ({}),
  update: () => {},
  penalize: () => {},
};

/** A layer as an activation. Its type cannot be called, so that a function in its place is the only one to say what its parameter is. */
export interface ActivationLayer extends Pick<Layer, keyof Layer> {}

const isLayer = (given: unknown): given is ActivationLayer => typeof given === 'function' && 'plan' in given;

/** Whether a layer holds no weights and keeps shapes. */
function isElementwise(layer: ActivationLayer): boolean {
  try {
    const { outputs, weights } = layer.plan([{ shape: sized(2), dtype: 'float32', batchSize: null }]);
    return Object.keys(weights).length === 0 && outputs.length === 1 && outputs[0]!.shape.length === 1 && outputs[0]!.shape[0] === 2;
  } catch {
    return false;
  }
}

/**
 * The schema of an option that takes an activation: its name, a layer without weights (`leakyReLU({ negativeSlope: 0.1 })`), or
 * a function from tensor to tensor (which cannot be saved).
 */
export const activation = z.union([
  z.custom<ActivationFunction | ActivationLayer>().superRefine((given, context) => {
    if (typeof given !== 'function') context.addIssue({ code: 'invalid_type', expected: 'function', input: given, continue: false });
    else if (isLayer(given) && !isElementwise(given)) context.addIssue({ code: 'custom', message: 'must be a name, a function of a tensor, or a layer without weights that keeps shapes' });
  }),
  z.enum(Object.keys(activations) as [ActivationName, ...ActivationName[]]),
]);
export type Activation = z.output<typeof activation>;

export const activate = (how: Activation, x: Tensor): Tensor => {
  if (typeof how === 'string') return (activations[how] as ActivationFunction)(x);
  return isLayer(how) ? how.run([{ tensor: x }], {}, bare)[0]!.tensor : how(x);
};

/** What shape one example has after its activation. */
export function activatedShape(where: string, how: Activation, shape: Shape): Shape {
  if (how !== 'glu') return shape;
  const last = shape.at(-1);
  if (last && last % 2) throw new ModelError(where, `activation "glu" halves the last axis, which must be even, but it is ${last} in ${show(shape)}; take an even number of units or filters`);
  return sized(...shape.slice(0, -1), last ? last / 2 : null);
}
