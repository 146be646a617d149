/** Activation functions that have settings, as layers; the others are `activation({ activation: 'mish' })`. Keras has no layers for them. */
import { z } from 'zod';
import { activatedShape, activations, type ActivationName } from '../src/core/activations.ts';
import { defineLayer } from '../src/core/defineLayer.ts';
import type { Layer } from '../src/core/layer.ts';
import { sized, type Shape } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { axisOf } from './shared/axis.ts';

/** Without settings of its own such a layer is Keras's `Activation` in files; with them Keras has nothing that it could be. */
const savedAs = (activation: ActivationName, schema: z.ZodObject) => (layer: Layer, options: object): void => {
  if (JSON.stringify(options) !== JSON.stringify(schema.safeParse({}).data)) return;
  const name = activation.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  Object.assign(layer, { keras: { name: 'Activation', write: () => ({ activation: name }) } });
};

const elementwise = <const K extends string, S extends z.ZodObject>(kind: K, options: S, formula: (x: Tensor, options: z.output<S>) => Tensor) => defineLayer({
  kind,
  options,
  mask: 'pass',
  build: (_, input) => ({ output: input }),
  call: (x, run) => formula(x, run.options),
  ...(kind in activations && { made: savedAs(kind as unknown as ActivationName, options) }),
});

const overAxisOptions = z.strictObject({ axis: z.int().default(-1) });
const overAxis = <const K extends ActivationName>(kind: K, formula: (x: Tensor, axis: number) => Tensor, shapeOf: (input: Shape, axis: number) => Shape = (input) => input) => defineLayer({
  kind,
  options: overAxisOptions,
  mask: 'pass',
  build: ({ axis }, input) => ({ output: shapeOf(input, axisOf(kind, axis, input) - 1) }),
  call: (x, { options }) => formula(x, options.axis),
  // Keras takes it that an activation keeps the shape, and would build the next layer for twice the width.
  ...(kind !== 'glu' && { made: savedAs(kind, overAxisOptions) }),
});

const slack = z.strictObject({ threshold: z.number().nonnegative().default(0.5) });

/** `x` where positive, else `alpha · (exp(x / alpha) − 1)`. Shapes stay. */
export const celu = elementwise('celu', z.strictObject({ alpha: z.number().positive().default(1) }), (x, { alpha }) => activations.celu(x, alpha));
/** `x · P(X ≤ x)` for a normal `X`, exactly or, `approximate`, with tanh. Shapes stay. */
export const gelu = elementwise('gelu', z.strictObject({ approximate: z.boolean().default(false) }), (x, { approximate }) => activations.gelu(x, approximate));
/** `x`, but 0 where `|x|` is at most `threshold`. Shapes stay. */
export const hardShrink = elementwise('hardShrink', slack, (x, { threshold: cut }) => activations.hardShrink(x, cut));
/** `x`, moved towards 0 by `threshold`, but not beyond. Shapes stay. */
export const softShrink = elementwise('softShrink', slack, (x, { threshold: cut }) => activations.softShrink(x, cut));
/** `(x + √(x² + b)) / 2`. Shapes stay. */
export const squareplus = elementwise('squareplus', z.strictObject({ b: z.number().nonnegative().default(4) }), (x, { b }) => activations.squareplus(x, b));
/** `x` above `threshold`, else `defaultValue`. Shapes stay. */
export const threshold = elementwise('threshold', z.strictObject({ threshold: z.number(), defaultValue: z.number() }), (x, options) => {
  const above = tf.step(tf.sub(x, options.threshold));
  return tf.add(tf.mul(x, above), tf.mul(tf.sub(1, above), options.defaultValue));
});
/** The first half of an axis, gated by the second: `a · sigmoid(b)`. That axis is halved. Dauphin et al., 2017. */
export const glu = overAxis('glu', activations.glu, (input, axis) => {
  const [halved] = activatedShape('glu', 'glu', sized(input[axis]!));
  return sized(...input.map((n, i) => (i === axis ? halved! : n)));
});
/** `x − ln Σ eˣ` over an axis. Shapes stay. */
export const logSoftmax = overAxis('logSoftmax', activations.logSoftmax);
/** Softmax's sparse relative, over an axis: many results are exactly 0. Shapes stay. */
export const sparsemax = overAxis('sparsemax', activations.sparsemax);
