/** What `compile` makes of names, parts and functions: an optimizer, and for each output its loss and metrics. */
import { catalogue } from '../core/catalogue.ts';
import { didYouMean, inWords, ModelError } from '../core/errors.ts';
import type { Loss, LossFunction } from '../core/loss.ts';
import type { Metric } from '../core/metric.ts';
import type { Optimizer } from '../core/optimizer.ts';
import { inFull, shortLosses, shortMetrics } from '../core/shortNames.ts';
import { losses } from '../losses/index.ts';
import { metrics as metricTable } from '../metrics/index.ts';
import { z } from 'zod';

/** The kinds of `ibexjs/optimizers`, which this module does not know; a test holds the two lists to be one. */
export type OptimizerName = 'adadelta' | 'adafactor' | 'adagrad' | 'adam' | 'adamax' | 'adamW' | 'ftrl' | 'lamb' | 'lion' | 'momentum' | 'muon' | 'nadam' | 'rmsprop' | 'scheduleFreeAdamW' | 'sgd';
export type LossName = keyof typeof losses | keyof typeof shortLosses;
export type LossOption = LossName | Loss | LossFunction;
/** `'accuracy'` (`'acc'`) and `'crossentropy'` become the ones that fit the output and its targets. */
export type MetricName = Exclude<keyof typeof metricTable, 'mean' | 'sum'> | keyof typeof shortMetrics | 'accuracy' | 'acc' | 'crossentropy';
export type MetricFunction = LossFunction;
export type MetricOption = MetricName | Metric | MetricFunction;

export interface CompileOptions {
  /** An optimizer, or the name of one with its default options. */
  readonly optimizer: Optimizer | OptimizerName;
  /**
   * One loss for all outputs, or one for each: a list, or a record by output name. `null` = this output is not trained.
   * May be left out where a training loop of one's own computes it.
   */
  readonly loss?: LossOption | readonly (LossOption | null)[] | Readonly<Record<string, LossOption | null>> | undefined;
  /** Shares of the outputs' losses in the sum. */
  readonly lossWeights?: readonly number[] | Readonly<Record<string, number>> | undefined;
  /** Metrics that leave sample and class weights out of account. A list for one output; for several a record by name, or a list with an entry for each. */
  readonly metrics?: MetricOptions | undefined;
  /** Metrics that take sample and class weights into account. */
  readonly weightedMetrics?: MetricOptions | undefined;
  /** Whether training steps are compiled: `'auto'` (default) where that works, `true` = an error where it does not, `false` = never. */
  readonly jit?: Jit | undefined;
}

export type Jit = boolean | 'auto';

type OutputMetrics = MetricOption | readonly MetricOption[] | null;
type MetricOptions = readonly OutputMetrics[] | Readonly<Record<string, OutputMetrics>>;

export interface Objective {
  /** Of the output. */
  readonly name: string;
  readonly loss: LossFunction | undefined;
  readonly weight: number;
  readonly metrics: readonly { readonly metric: MetricOption; readonly weighted: boolean }[];
}

export interface Compiled {
  readonly optimizer: Optimizer;
  readonly objectives: readonly Objective[];
  /** As given, for files. */
  readonly options: CompileOptions;
}

/** One metric that is followed: where its numbers come from, and its name in logs. */
export interface Tracker { readonly key: string; readonly output: number; readonly metric: Metric; readonly weighted: boolean }

const where = 'compile';

function resolveOptimizer(given: unknown): Optimizer {
  const { optimizers } = catalogue();
  if (typeof given === 'string') {
    const make = Object.hasOwn(optimizers, given) ? optimizers[given] : undefined;
    if (!make) throw new ModelError(where, `there is no optimizer "${given}"${didYouMean(given, Object.keys(optimizers))}`);
    return make();
  }
  if (typeof given === 'object' && given !== null && 'begin' in given && 'slots' in given) return given as unknown as Optimizer;
  if (typeof given === 'function' && 'kind' in given) throw new ModelError(where, `optimizer is the factory ${String(given.kind)}; call it: ${String(given.kind)}()`);
  throw new ModelError(where, `optimizer must be an optimizer such as adam() or the name of one, got ${inWords(given)}`);
}

/** A factory that was not called looks like a function of two tensors; its `options`, a schema, give it away. */
function refuseFactory(what: string, given: unknown): void {
  if (typeof given !== 'function' || !('options' in given) || !(given.options instanceof z.ZodType)) return;
  const { kind } = given as unknown as { kind: string };
  throw new ModelError(where, `${what} is the factory ${kind}; call it: ${kind}()`);
}

function resolveLoss(given: LossOption | null | undefined): LossFunction | undefined {
  if (given === null || given === undefined) return undefined;
  if (typeof given === 'string') {
    const name = inFull(shortLosses, given);
    const make = Object.hasOwn(losses, name) ? losses[name as keyof typeof losses] : undefined;
    if (!make) throw new ModelError(where, `there is no loss "${String(given)}"${didYouMean(given, Object.keys(losses))}`);
    return make();
  }
  if (typeof given !== 'function') throw new ModelError(where, `loss must be a name, a loss or a function (yTrue, yPred) => values, got ${inWords(given)}`);
  refuseFactory('loss', given);
  return given;
}

/** Spreads an option over the outputs: a list by place, a record by name (or, in records of outputs, by key). */
function spread<T>(option: string, given: readonly T[] | Readonly<Record<string, T>>, names: readonly string[]): (T | undefined)[] {
  if (Array.isArray(given)) {
    if (given.length !== names.length) throw new ModelError(where, `${option} must have one entry for each of the ${names.length} outputs (${names.join(', ')}), got ${given.length}`);
    return [...(given as readonly T[])];
  }
  if (typeof given !== 'object' || given === null) throw new ModelError(where, `${option} must be a list or a record by output name (${names.join(', ')}), got ${inWords(given)}`);
  const record = given as Readonly<Record<string, T>>;
  const unknown = Object.keys(record).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new ModelError(where, `${option} names the output "${unknown}", which there is not${didYouMean(unknown, names)}`);
  return names.map((name) => record[name]);
}

function metricsOf(option: string, given: MetricOptions | undefined, names: readonly string[]): readonly (readonly MetricOption[])[] {
  if (given === undefined || given === null) return names.map(() => []);
  if (typeof given === 'string' || typeof given === 'function' || 'update' in given) throw new ModelError(where, `${option} must be a list, got ${inWords(given)}; put it into [ ]`);
  const lists = names.length === 1 && Array.isArray(given) && !given.some((each) => Array.isArray(each))
    ? [given as readonly MetricOption[]]
    : spread(option, given as Readonly<Record<string, OutputMetrics>>, names).map((each) => (each === undefined || each === null ? [] : Array.isArray(each) ? (each as readonly MetricOption[]) : [each as MetricOption]));
  for (const metric of lists.flat()) checkMetric(metric);
  return lists;
}

function checkMetric(given: MetricOption): void {
  if (typeof given === 'string') {
    const known = ['accuracy', 'acc', 'crossentropy', ...Object.keys(metricTable), ...Object.keys(shortMetrics)];
    if (!known.includes(given)) throw new ModelError(where, `there is no metric "${String(given)}"${didYouMean(given, known)}`);
    return;
  }
  refuseFactory('a metric', given);
  if (typeof given !== 'function' && (typeof given !== 'object' || given === null || !('update' in given))) {
    throw new ModelError(where, `a metric must be a name, a metric or a function (yTrue, yPred) => values, got ${inWords(given)}`);
  }
}

const known: readonly (keyof CompileOptions)[] = ['optimizer', 'loss', 'lossWeights', 'metrics', 'weightedMetrics', 'jit'];

/** What outputs are called as long as there is no network: what options go by, or a list's places. */
function assumedNames({ loss }: CompileOptions): readonly string[] {
  if (typeof loss !== 'object' || loss === null) return ['output'];
  return Array.isArray(loss) ? loss.map((_, i) => `output ${i}`) : Object.keys(loss);
}

const isNumber = (given: unknown): given is number => typeof given === 'number' && Number.isFinite(given);

/**
 * @param names - of the outputs; left out where they are not known yet
 * @throws ModelError for names that there are not, and for options that do not fit the outputs
 */
export function resolveCompile(options: CompileOptions, names: readonly string[] = assumedNames(options)): Compiled {
  const unknown = Object.keys(options).find((key) => !(known as readonly string[]).includes(key));
  if (unknown !== undefined) throw new ModelError(where, `unknown option "${unknown}"${didYouMean(unknown, known)}`);
  const { loss, lossWeights, jit } = options;
  if (jit !== undefined && jit !== 'auto' && typeof jit !== 'boolean') throw new ModelError(where, `jit must be 'auto', true or false, got ${inWords(jit)}`);
  const optimizer = resolveOptimizer(options.optimizer);
  const single = typeof loss !== 'object' || loss === null;
  const given = single ? names.map(() => loss) : spread('loss', loss as Readonly<Record<string, LossOption | null>>, names);
  const weights = lossWeights === undefined || lossWeights === null ? names.map(() => 1) : spread('lossWeights', lossWeights as Readonly<Record<string, number>>, names).map((w) => w ?? 1);
  const wrong = weights.find((weight) => !isNumber(weight));
  if (weights.some((weight) => !isNumber(weight))) throw new ModelError(where, `lossWeights must be numbers, got ${inWords(wrong)}`);
  const plain = metricsOf('metrics', options.metrics, names);
  const weighted = metricsOf('weightedMetrics', options.weightedMetrics, names);
  return {
    optimizer, options,
    objectives: names.map((name, i) => ({
      name,
      loss: resolveLoss(given[i]),
      weight: weights[i]!,
      metrics: [...plain[i]!.map((metric) => ({ metric, weighted: false })), ...weighted[i]!.map((metric) => ({ metric, weighted: true }))],
    })),
  };
}

/** Whether an output's targets are needed. */
export const comparesOutput = ({ loss, metrics }: Objective): boolean => loss !== undefined || metrics.length > 0;

/** Names in logs that are not metrics'. */
export const lossNames = ({ objectives }: Compiled): readonly string[] =>
  ['loss', ...(objectives.length > 1 ? objectives.filter(({ loss }) => loss).map(({ name }) => `${name}_loss`) : [])];
