/** The contract of a metric: a state that batches update, so that it is exact over an epoch. */
import { z } from 'zod';
import type { Arguments } from './arguments.ts';
import { parseOptions } from './errors.ts';
import type { KerasForm } from './keras.ts';
import { toRank } from './loss.ts';
import { tf, type Tensor } from './tensor.ts';

export type MetricState = Readonly<Record<string, Tensor>>;

/** A configured metric. All its functions are pure. */
export interface Metric {
  readonly kind: string;
  /** What it is to be called in the history, if that is not what its kind says. */
  readonly name: string | undefined;
  readonly options: Readonly<Record<string, unknown>>;
  readonly keras: KerasForm | undefined;
  /** The state before any batch. `outputShape` is that of the predictions, with the batch axis. */
  zeros(outputShape?: readonly number[]): MetricState;
  /** The state after one more batch. `weights` has one number for each example, or for each of its steps. */
  update(state: MetricState, yTrue: Tensor, yPred: Tensor, weights?: Tensor): MetricState;
  /** What the metric comes to; a scalar, for a few metrics a vector. */
  result(state: MetricState): Tensor;
}

export interface MetricDefinition<S extends z.ZodObject, N extends string> {
  readonly kind: string;
  readonly keras?: KerasForm;
  readonly options: S;
  /** Shapes of the state's tensors; all start at 0. */
  readonly state: (options: z.output<S>, outputShape: readonly number[]) => Readonly<Record<N, readonly number[]>>;
  readonly update: (options: z.output<S>, state: Readonly<Record<N, Tensor>>, yTrue: Tensor, yPred: Tensor, weights: Tensor | undefined) => Readonly<Record<N, Tensor>>;
  readonly result: (options: z.output<S>, state: Readonly<Record<N, Tensor>>) => Tensor;
}

const common = { name: z.string().optional() };
type CommonOptions = {
  /** The metric's name in the history; its kind says it otherwise. */
  name?: string | undefined;
};
type FactoryArguments<S extends z.ZodType> = Arguments<S, CommonOptions>;

export interface MetricFactory<S extends z.ZodObject = z.ZodObject> {
  (...given: FactoryArguments<S>): Metric;
  readonly kind: string;
  readonly keras: KerasForm | undefined;
  readonly options: S;
}

/** Defines a metric with a state of its own. */
export function defineMetric<S extends z.ZodObject, N extends string>(definition: MetricDefinition<S, N>): MetricFactory<S> {
  const { kind, keras, options: own } = definition;
  const schema = own.extend(common);
  const factory = (...[given]: FactoryArguments<S>): Metric => {
    const { name, ...rest } = parseOptions(kind, schema, given ?? {}) as z.output<S> & CommonOptions;
    const options = rest as unknown as z.output<S>;
    const shapes = (outputShape: readonly number[]) => Object.entries(definition.state(options, outputShape)) as [N, readonly number[]][];
    return {
      kind, name, options, keras,
      zeros: (outputShape = []) => Object.fromEntries(shapes(outputShape).map(([name, sizes]) => [name, tf.zeros([...sizes])])),
      update: (state, yTrue, yPred, weights) => definition.update(options, state as Readonly<Record<N, Tensor>>, yTrue, yPred, weights),
      result: (state) => definition.result(options, state as Readonly<Record<N, Tensor>>),
    };
  };
  return Object.assign(factory, { kind, keras, options: own });
}

export interface MeanMetricDefinition<S extends z.ZodObject> {
  readonly kind: string;
  readonly keras?: KerasForm;
  readonly options: S;
  /** One number for each example (or for each of its steps): what is averaged. */
  readonly values: (options: z.output<S>) => (yTrue: Tensor, yPred: Tensor) => Tensor;
  /** The last word on the mean: a root, say. */
  readonly finish?: (mean: Tensor) => Tensor;
}

/** Defines a metric that is the weighted mean of a number per example. */
export const defineMeanMetric = <S extends z.ZodObject>({ kind, keras, options, values, finish = (mean) => mean }: MeanMetricDefinition<S>): MetricFactory<S> =>
  defineMetric({
    kind, ...(keras && { keras }), options,
    state: () => ({ total: [], count: [] }),
    update: (given, { total, count }, yTrue, yPred, weights) => {
      const each = tf.cast(values(given)(yTrue, yPred), 'float32');
      if (!weights) return { total: tf.add(total, tf.sum(each)), count: tf.add(count, each.size) };
      const spread = tf.broadcastTo(toRank(weights, each.rank), each.shape);
      return { total: tf.add(total, tf.sum(tf.mul(each, spread))), count: tf.add(count, tf.sum(spread)) };
    },
    result: (_, { total, count }) => finish(tf.divNoNan(total, count)),
  });
