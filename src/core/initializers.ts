/**
 * Starting values of weights, by name: formulas and defaults are Keras 3's (`keras.initializers`). They are drawn on the host
 * by Philox (`philox.ts`), so that a seed gives the same weights on every engine.
 */
import { z } from 'zod';
import { ModelError } from './errors.ts';
import { definePart, partOption, type Part, type PartDefinition } from './part.ts';
import { philox } from './philox.ts';
import { show, size } from './shape.ts';

/** The sizes of a weight and a seed in, its values out, in row-major order. */
export type InitializerFunction = (shape: readonly number[], seed: readonly [number, number]) => Float32Array;
export type Initializer = Part<InitializerFunction>;

export const defineInitializer = <S extends z.ZodObject>(definition: PartDefinition<S, InitializerFunction>) => definePart(definition);

const length = (shape: readonly number[]) => size(shape) ?? 0;
const seedOption = z.int().nullable().default(null);
/** A seed of the initializer's own makes its draws independent of the model's. */
const drawn = (own: number | null, seed: readonly [number, number]) => (own === null ? philox(...seed) : philox(own, 0));

/** Inputs and outputs of one unit: Keras's `compute_fans`. */
function fans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  if (shape.length < 2) return { fanIn: shape[0] ?? 1, fanOut: shape[0] ?? 1 };
  const field = length(shape.slice(0, -2));
  return { fanIn: field * shape.at(-2)!, fanOut: field * shape.at(-1)! };
}

type Philox = ReturnType<typeof philox>;
const uniform = (random: Philox, shape: readonly number[], low: number, high: number) =>
  random.uniform(length(shape)).map((u) => low + (high - low) * u);
const normal = (random: Philox, shape: readonly number[], mean: number, deviation: number) =>
  random.normal(length(shape)).map((v) => mean + deviation * v);

/** A normal distribution cut at two deviations: what falls outside is passed over. */
function truncated(random: Philox, shape: readonly number[], mean: number, deviation: number): Float32Array {
  const n = length(shape);
  // Some 4.6 % fall outside. A longer draw begins with the same numbers.
  for (let draws = Math.ceil(1.06 * n) + 16; ; draws *= 2) {
    const inside = random.normal(draws).filter((v) => Math.abs(v) < 2);
    if (inside.length >= n) return inside.subarray(0, n).map((v) => mean + deviation * v);
  }
}

export const zeros = defineInitializer({
  kind: 'zeros', keras: { name: 'Zeros' }, options: z.strictObject({}),
  call: () => (shape) => new Float32Array(length(shape)),
});

export const ones = defineInitializer({
  kind: 'ones', keras: { name: 'Ones' }, options: z.strictObject({}),
  call: () => (shape) => new Float32Array(length(shape)).fill(1),
});

export const constant = defineInitializer({
  kind: 'constant', keras: { name: 'Constant' },
  options: z.strictObject({ value: z.number().default(0) }),
  call: ({ value }) => (shape) => new Float32Array(length(shape)).fill(value),
});

/** `gain` times the identity matrix; takes matrices only. */
export const identity = defineInitializer({
  kind: 'identity', keras: { name: 'Identity' },
  options: z.strictObject({ gain: z.number().default(1) }),
  call: ({ gain }) => (shape) => {
    const [rows, columns] = shape;
    if (shape.length !== 2) throw new ModelError('identity', `starts matrices only, but here is a weight of shape ${show(shape)}; use another initializer`);
    return new Float32Array(rows! * columns!).map((_, i) => (Math.floor(i / columns!) === i % columns! ? gain : 0));
  },
});

export const randomUniform = defineInitializer({
  kind: 'randomUniform', keras: { name: 'RandomUniform' },
  options: z.strictObject({ minval: z.number().default(-0.05), maxval: z.number().default(0.05), seed: seedOption }),
  call: ({ minval, maxval, ...options }) => (shape, seed) => uniform(drawn(options.seed, seed), shape, minval, maxval),
});

const bell = z.strictObject({ mean: z.number().default(0), stddev: z.number().nonnegative().default(0.05), seed: seedOption });

export const randomNormal = defineInitializer({
  kind: 'randomNormal', keras: { name: 'RandomNormal' }, options: bell,
  call: ({ mean, stddev, ...options }) => (shape, seed) => normal(drawn(options.seed, seed), shape, mean, stddev),
});

/** Normal, without what lies beyond two deviations. */
export const truncatedNormal = defineInitializer({
  kind: 'truncatedNormal', keras: { name: 'TruncatedNormal' }, options: bell,
  call: ({ mean, stddev, ...options }) => (shape, seed) => truncated(drawn(options.seed, seed), shape, mean, stddev),
});

const modes = { fanIn: 'fan_in', fanOut: 'fan_out', fanAvg: 'fan_avg' } as const;
const distributions = { truncatedNormal: 'truncated_normal', untruncatedNormal: 'untruncated_normal', uniform: 'uniform' } as const;
const keyOf = <T extends Record<string, string>>(table: T, value: unknown) => Object.keys(table).find((key) => table[key] === value) ?? String(value);

interface Scaling { readonly scale: number; readonly mode: keyof typeof modes; readonly distribution: keyof typeof distributions }

const varianceScaled = ({ scale, mode, distribution }: Scaling, own: number | null): InitializerFunction => (shape, seed) => {
  const { fanIn, fanOut } = fans(shape);
  const fan = { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 }[mode];
  const variance = scale / Math.max(1, fan);
  const random = drawn(own, seed);
  if (distribution === 'uniform') return uniform(random, shape, -Math.sqrt(3 * variance), Math.sqrt(3 * variance));
  if (distribution === 'untruncatedNormal') return normal(random, shape, 0, Math.sqrt(variance));
  // Cutting at two deviations shrinks the deviation by this factor.
  return truncated(random, shape, 0, Math.sqrt(variance) / 0.8796256610342398);
};

/** Draws with variance `scale / fan`. */
export const varianceScaling = defineInitializer({
  kind: 'varianceScaling',
  keras: {
    name: 'VarianceScaling', ignore: ['input_axes', 'output_axes'],
    write: (config) => ({ ...config, mode: modes[config.mode as keyof typeof modes], distribution: distributions[config.distribution as keyof typeof distributions] }),
    read: (config) => ({
      ...config,
      mode: keyOf(modes, config.mode ?? 'fan_in'),
      distribution: keyOf(distributions, !config.distribution || config.distribution === 'normal' ? 'truncated_normal' : config.distribution),
    }),
  },
  options: z.strictObject({
    scale: z.number().positive().default(1),
    mode: z.enum(['fanIn', 'fanOut', 'fanAvg']).default('fanIn'),
    distribution: z.enum(['truncatedNormal', 'untruncatedNormal', 'uniform']).default('truncatedNormal'),
    seed: seedOption,
  }),
  call: (options) => varianceScaled(options, options.seed),
});

const scaled = <K extends string>(kind: K, name: string, scaling: Scaling) => defineInitializer({
  kind, keras: { name, ignore: ['input_axes', 'output_axes'] }, options: z.strictObject({ seed: seedOption }),
  call: ({ seed }) => varianceScaled(scaling, seed),
});

/** Uniform in ±√(6 / (fanIn + fanOut)). Glorot and Bengio, 2010. */
export const glorotUniform = scaled('glorotUniform', 'GlorotUniform', { scale: 1, mode: 'fanAvg', distribution: 'uniform' });
/** Normal with variance 2 / (fanIn + fanOut). Glorot and Bengio, 2010. */
export const glorotNormal = scaled('glorotNormal', 'GlorotNormal', { scale: 1, mode: 'fanAvg', distribution: 'truncatedNormal' });
/** Uniform in ±√(6 / fanIn). He et al., 2015. */
export const heUniform = scaled('heUniform', 'HeUniform', { scale: 2, mode: 'fanIn', distribution: 'uniform' });
/** Normal with variance 2 / fanIn. He et al., 2015. */
export const heNormal = scaled('heNormal', 'HeNormal', { scale: 2, mode: 'fanIn', distribution: 'truncatedNormal' });
/** Uniform in ±√(3 / fanIn). LeCun et al., 1998. */
export const lecunUniform = scaled('lecunUniform', 'LecunUniform', { scale: 1, mode: 'fanIn', distribution: 'uniform' });
/** Normal with variance 1 / fanIn. LeCun et al., 1998. */
export const lecunNormal = scaled('lecunNormal', 'LecunNormal', { scale: 1, mode: 'fanIn', distribution: 'truncatedNormal' });

const norm = (vector: Float64Array) => Math.sqrt(vector.reduce((sum, v) => sum + v * v, 0));

/** Takes out of a vector what lies along a unit vector. */
function takeOut(vector: Float64Array, unit: Float64Array): void {
  let along = 0;
  for (let i = 0; i < vector.length; i++) along += unit[i]! * vector[i]!;
  for (let i = 0; i < vector.length; i++) vector[i]! -= along * unit[i]!;
}

/** Orthonormal columns that span those of a random matrix (rows ≥ columns): Gram–Schmidt. */
function orthonormal(random: Philox, rows: number, columns: number): Float64Array[] {
  const draws = random.normal(rows * columns);
  const basis: Float64Array[] = [];
  for (let column = 0; column < columns; column++) {
    const vector = Float64Array.from(draws.subarray(column * rows, (column + 1) * rows));
    const before = norm(vector);
    for (const unit of basis) takeOut(vector, unit);
    // Where most of a vector went, what is left of it is rounding errors for a good part, and needs a second pass.
    if (norm(vector) < before / 2) for (const unit of basis) takeOut(vector, unit);
    const rest = norm(vector);
    basis.push(vector.map((v) => v / rest));
  }
  return basis;
}

/** A random matrix with orthonormal rows or columns, times `gain`; more than two axes are flattened but for the last. Saxe et al., 2014. */
export const orthogonal = defineInitializer({
  kind: 'orthogonal', keras: { name: 'Orthogonal' },
  options: z.strictObject({ gain: z.number().default(1), seed: seedOption }),
  call: (options) => (shape, seed) => {
    if (shape.length < 2) throw new ModelError('orthogonal', `needs a weight of two or more axes, but here is one of shape ${show(shape)}; use another initializer`);
    const columns = shape.at(-1)!;
    const rows = length(shape.slice(0, -1));
    const basis = orthonormal(drawn(options.seed, seed), Math.max(rows, columns), Math.min(rows, columns));
    const values = new Float32Array(rows * columns);
    for (let i = 0; i < values.length; i++) {
      const [row, column] = [Math.floor(i / columns), i % columns];
      values[i] = options.gain * (rows >= columns ? basis[column]![row]! : basis[row]![column]!);
    }
    return values;
  },
});

export const initializers = {
  zeros, ones, constant, identity, randomUniform, randomNormal, truncatedNormal, varianceScaling, orthogonal,
  glorotUniform, glorotNormal, heUniform, heNormal, lecunUniform, lecunNormal,
} as const;

/** The schema of an option that takes an initializer. */
export const initializer = partOption<InitializerFunction, typeof initializers>(initializers);
