import { z } from 'zod';
import { defineAdaptable, type Adaptation } from '../src/core/adapt.ts';
import { ModelError } from '../src/core/errors.ts';
import { product, readNumbers, type ArrayData } from '../src/core/hostArray.ts';
import { weight } from '../src/core/weight.ts';
import { show } from '../src/core/shape.ts';
import { tf, type Tensor } from '../src/core/tensor.ts';
import { axisOf } from './shared/axis.ts';
import { known } from './shared/known.ts';
import { Moments } from './shared/moments.ts';

type Numbers = number | readonly Numbers[];
const numbers: z.ZodType<Numbers> = z.lazy(() => z.union([z.number(), z.array(numbers)]));

/** Below it a deviation counts as this: Keras's epsilon. */
const least = 1e-7;

const shapeOf = (given: Numbers): readonly number[] => (typeof given === 'number' ? [] : [given.length, ...(given.length > 0 ? shapeOf(given[0]!) : [])]);

/** Lays numbers for the last of these axes along those of `x`. */
function laid(x: Tensor, axes: readonly number[], given: Tensor): Tensor {
  const places = axes.slice(axes.length - given.rank);
  if (places.every((place, i) => place === x.rank - places.length + i)) return given;
  return tf.reshape(given, x.shape.map((_, i) => (places.includes(i) ? given.shape[places.indexOf(i)]! : 1)));
}

const keptAxes = (axis: readonly number[], input: Parameters<typeof axisOf>[2]) => [...new Set(axis.map((each) => axisOf('normalization', each, input)))].sort((a, b) => a - b);

/** Mean and variance of examples along the axes that are kept apart. */
function statistics({ axis, mean }: { readonly axis: readonly number[]; readonly mean?: unknown }, where: string): Adaptation<object> {
  if (mean !== null && mean !== undefined) throw new ModelError(where, 'has its mean and variance by its options; leave these out to have them learnt');
  let sizes: readonly number[] | undefined;
  let moments: Moments | undefined;
  return {
    see(examples) {
      const { data, shape } = readNumbers(where, examples as ArrayData);
      const axes = keptAxes(axis, shape.slice(1) as never);
      const kept = axes.map((each) => shape[each]!);
      sizes ??= kept;
      if (show(kept) !== show(sizes)) throw new ModelError(where, `its statistics are of shape ${show(sizes)} by the examples so far, but here are examples of shape ${show(shape.slice(1))}; give examples of one shape`);
      moments ??= new Moments(product(sizes));
      moments.add(data, slots(shape.slice(1), axes.map((each) => each - 1)));
    },
    learnt() {
      if (!moments || !sizes) throw new ModelError(where, 'there are no examples to learn from; give at least one');
      return { weights: { mean: { data: moments.mean, shape: sizes }, variance: { data: moments.variance, shape: sizes } } };
    },
  };
}

/** For each number of an example, which of the kept statistics it counts towards. */
function slots(shape: readonly number[], kept: readonly number[]): Int32Array {
  const slot = new Int32Array(product(shape));
  for (let i = 0; i < slot.length; i++) {
    let rest = i;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (kept.includes(axis)) {
        slot[i]! += (rest % shape[axis]!) * stride;
        stride *= shape[axis]!;
      }
      rest = Math.floor(rest / shape[axis]!);
    }
  }
  return slot;
}

/**
 * `(x − mean) / √variance`, for each entry of `axis` apart (default the last axis; `null`: one for all). Mean and variance are given, or learnt by
 * `adapt(data)`. With `invert` it goes the other way: `mean + x · √variance`. Shapes stay.
 */
export const normalization = defineAdaptable({
  kind: 'normalization',
  keras: { name: 'Normalization' },
  options: z.strictObject({
    axis: z.union([z.int().transform((one) => [one]), z.array(z.int()), z.null().transform(() => [] as number[])]).prefault(-1),
    mean: numbers.nullable().default(null),
    variance: numbers.nullable().default(null),
    invert: z.boolean().default(false),
  }),
  mask: 'pass',
  build({ axis, mean, variance }, input) {
    const axes = keptAxes(axis, input);
    const sizes = axes.map((each) => known('normalization', 'kept axes', input[each - 1], input));
    if ((mean === null) !== (variance === null)) throw new ModelError('normalization', 'needs `mean` and `variance` together; give both, or neither and call adapt(data)');
    if (mean === null) {
      const statistic = (start: 'zeros' | 'ones') => weight(sizes, start, { trainable: false });
      // Keras keeps the count for files of older versions; nothing reads it.
      return { output: input, weights: { mean: statistic('zeros'), variance: statistic('ones'), count: weight([], 'zeros', { trainable: false, dtype: 'int32' }) } };
    }
    for (const [name, given] of [['mean', mean], ['variance', variance!]] as const) {
      const shape = shapeOf(given);
      const fits = shape.length <= sizes.length && shape.every((n, i) => n === 1 || n === sizes[sizes.length - shape.length + i]);
      if (!fits) throw new ModelError('normalization', `\`${name}\` must be one number, or have the sizes of the axes that are kept apart, ${show(sizes)}, got ${show(shape)}`);
    }
    return { output: input };
  },
  call(x, { options: { axis, mean, variance, invert }, weights }) {
    const axes = keptAxes(axis, x.shape.slice(1) as never);
    const [middle, spread] = [weights.mean ?? tf.tensor(mean as number[], undefined, 'float32'), weights.variance ?? tf.tensor(variance as number[], undefined, 'float32')].map((each) => laid(x, axes, each)) as [Tensor, Tensor];
    const deviation = tf.maximum(tf.sqrt(spread), least);
    return invert ? tf.add(middle, tf.mul(x, deviation)) : tf.div(tf.sub(x, middle), deviation);
  },
  adapt: statistics,
});
