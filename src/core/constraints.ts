/** Projections that a weight is put through after each update, by name: formulas are Keras 3's (`keras.constraints`). */
import { z } from 'zod';
import { definePart, partOption, type Part, type PartDefinition } from './part.ts';
import { tf, type Tensor } from './tensor.ts';

/** A weight in, the nearest allowed one out: the same shape. */
export type ConstraintFunction = (weight: Tensor) => Tensor;
export type Constraint = Part<ConstraintFunction>;

export const defineConstraint = <S extends z.ZodObject>(definition: PartDefinition<S, ConstraintFunction>) => definePart(definition);

const epsilon = 1e-7;
/** Axes along which the norm is taken: `0` is the incoming weights of each unit of a dense kernel, `[0, 1, 2]` those of a conv2d filter. */
const axis = z.union([z.int().transform((one) => [one]), z.array(z.int())]).default([0]);
const norms = (w: Tensor, along: number[]) => tf.sqrt(tf.sum(tf.square(w), along, true));

/** Scales down what has a norm over `maxValue`. */
export const maxNorm = defineConstraint({
  kind: 'maxNorm', keras: { name: 'MaxNorm' },
  options: z.strictObject({ maxValue: z.number().positive().default(2), axis }),
  call: (options) => (w) => {
    const norm = norms(w, options.axis);
    return tf.mul(w, tf.div(tf.clipByValue(norm, 0, options.maxValue), tf.add(norm, epsilon)));
  },
});

/** Moves norms into `[minValue, maxValue]`, a share of `rate` of the way at each step. */
export const minMaxNorm = defineConstraint({
  kind: 'minMaxNorm', keras: { name: 'MinMaxNorm' },
  options: z.strictObject({ minValue: z.number().nonnegative().default(0), maxValue: z.number().positive().default(1), rate: z.number().default(1), axis }),
  call: ({ minValue, maxValue, rate, axis: along }) => (w) => {
    const norm = norms(w, along);
    const wanted = tf.add(tf.mul(tf.clipByValue(norm, minValue, maxValue), rate), tf.mul(norm, 1 - rate));
    return tf.mul(w, tf.div(wanted, tf.add(norm, epsilon)));
  },
});

/** Negative weights become 0. */
export const nonNeg = defineConstraint({
  kind: 'nonNeg', keras: { name: 'NonNeg' }, options: z.strictObject({}),
  call: () => (w) => tf.relu(w),
});

/** Norms become 1. */
export const unitNorm = defineConstraint({
  kind: 'unitNorm', keras: { name: 'UnitNorm' }, options: z.strictObject({ axis }),
  call: (options) => (w) => tf.div(w, tf.add(norms(w, options.axis), epsilon)),
});

export const constraints = { maxNorm, minMaxNorm, nonNeg, unitNorm } as const;

/** The schema of an option that takes a constraint; `null` and none are the same. */
export const constraint = partOption<ConstraintFunction, typeof constraints>(constraints).nullish();
