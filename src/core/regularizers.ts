/** Penalties on weights and activities, by name: formulas are Keras 3's (`keras.regularizers`). */
import { z } from 'zod';
import { ModelError } from './errors.ts';
import { definePart, partOption, type Part, type PartDefinition } from './part.ts';
import { show } from './shape.ts';
import { tf, type Tensor } from './tensor.ts';

/** A tensor in, its penalty out: a scalar that is added to the loss. */
export type RegularizerFunction = (x: Tensor) => Tensor;
export type Regularizer = Part<RegularizerFunction>;

export const defineRegularizer = <S extends z.ZodObject>(definition: PartDefinition<S, RegularizerFunction>) => definePart(definition);

const share = z.number().nonnegative();
const absolute = (x: Tensor, l1: number) => tf.mul(tf.sum(tf.abs(x)), l1);
const squared = (x: Tensor, l2: number) => tf.mul(tf.sum(tf.square(x)), l2);

/** `l1 · Σ|x|` */
export const l1 = defineRegularizer({
  kind: 'l1', keras: { name: 'L1' },
  options: z.strictObject({ l1: share.default(0.01) }),
  call: (options) => (x) => absolute(x, options.l1),
});

/** `l2 · Σx²` */
export const l2 = defineRegularizer({
  kind: 'l2', keras: { name: 'L2' },
  options: z.strictObject({ l2: share.default(0.01) }),
  call: (options) => (x) => squared(x, options.l2),
});

/** `l1 · Σ|x| + l2 · Σx²` */
export const l1l2 = defineRegularizer({
  kind: 'l1l2', keras: { name: 'L1L2' },
  options: z.strictObject({ l1: share.default(0), l2: share.default(0) }),
  call: (options) => (x) => tf.add(absolute(x, options.l1), squared(x, options.l2)),
});

/** Pushes the rows (or columns) of a matrix to be orthogonal: `factor · Σ_{i≠j} |⟨xᵢ, xⱼ⟩| / (n (n−1))`, the rows scaled to length 1. */
export const orthogonalRegularizer = defineRegularizer({
  kind: 'orthogonalRegularizer', keras: { name: 'OrthogonalRegularizer' },
  options: z.strictObject({ factor: z.number().default(0.01), mode: z.enum(['rows', 'columns']).default('rows') }),
  call: ({ factor, mode }) => (x) => {
    if (x.rank !== 2) throw new ModelError('orthogonalRegularizer', `takes matrices only, but here is a tensor of shape ${show(x.shape)}; use another regularizer`);
    const byRows = mode === 'rows';
    const n = x.shape[byRows ? 0 : 1]!;
    // The limit stands inside the root, whose gradient has no value at 0.
    const unit = tf.div(x, tf.sqrt(tf.maximum(tf.sum(tf.square(x), byRows ? 1 : 0, true), 1e-14)));
    const products = tf.matMul(unit, unit, !byRows, byRows);
    const others = tf.mul(products, tf.sub(1, tf.eye(n)));
    return tf.mul(tf.sum(tf.abs(others)), factor / (n * (n - 1)));
  },
});

export const regularizers = { l1, l2, l1l2, orthogonalRegularizer } as const;

/** The schema of an option that takes a regularizer; `null` and none are the same. */
export const regularizer = partOption<RegularizerFunction, typeof regularizers>(regularizers).nullish();
