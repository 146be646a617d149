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

/** A normal distribution cut at two deviations: what falls outside is drawn again. */
function truncated(random: Philox, shape: readonly number[], mean: number, deviation: number): Float32Array {
  const values = new Float32Array(length(shape));
  for (let filled = 0; filled < values.length;) {
    for (const v of random.normal(Math.max(16, values.length - filled))) {
      if (Math.abs(v) < 2 && filled < values.length) values[filled++] = mean + deviation * v;
    }
  }
  return values;
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
  kind: 'randomUniform', keras: { name: 'RandomUniform', rename: { minValue: 'minval', maxValue: 'maxval' } },
  options: z.strictObject({ minValue: z.number().default(-0.05), maxValue: z.number().default(0.05), seed: seedOption }),
  call: (options) => (shape, seed) => uniform(drawn(options.seed, seed), shape, options.minValue, options.maxValue),
});

const bell = z.strictObject({ mean: z.number().default(0), deviation: z.number().nonnegative().default(0.05), seed: seedOption });
const bellKeys = { deviation: 'stddev' };

export const randomNormal = defineInitializer({
  kind: 'randomNormal', keras: { name: 'RandomNormal', rename: bellKeys }, options: bell,
  call: (options) => (shape, seed) => normal(drawn(options.seed, seed), shape, options.mean, options.deviation),
});

/** Normal, with what lies beyond two deviations drawn again. */
export const truncatedNormal = defineInitializer({
  kind: 'truncatedNormal', keras: { name: 'TruncatedNormal', rename: bellKeys }, options: bell,
  call: (options) => (shape, seed) => truncated(drawn(options.seed, seed), shape, options.mean, options.deviation),
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

/** Orthonormal columns of a random `rows × columns` matrix (rows ≥ columns), row-major: Gram–Schmidt, done twice for accuracy. */
function orthonormal(random: Philox, rows: number, columns: number): Float64Array[] {
  const basis: Float64Array[] = [];
  while (basis.length < columns) {
    const candidate = Float64Array.from(random.normal(rows));
    for (let pass = 0; pass < 2; pass++) {
      for (const unit of basis) {
        const along = unit.reduce((sum, u, i) => sum + u * candidate[i]!, 0);
        unit.forEach((u, i) => (candidate[i]! -= along * u));
      }
    }
    const norm = Math.hypot(...candidate);
    basis.push(candidate.map((v) => v / norm));
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
export const initializer = partOption<InitializerFunction, typeof initializers>('initializer', initializers);
