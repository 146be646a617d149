/** `compile`'s options ↔ Keras's compile_config. */
import { catalogue } from '../../core/catalogue.ts';
import { didYouMean, inWords, ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';
import type { Loss } from '../../core/loss.ts';
import type { Metric } from '../../core/metric.ts';
import type { Optimizer } from '../../core/optimizer.ts';
import { shortLosses } from '../../core/shortNames.ts';
import { losses } from '../../losses/index.ts';
import { metrics } from '../../metrics/index.ts';
import type { CompileOptions, LossOption, MetricOption } from '../../training/compile.ts';
import type { Trainer } from '../../training/trainer.ts';
import { z } from 'zod';
import { snake } from './case.ts';
import { check, isObject } from './json.ts';
import { real } from './pythonJson.ts';
import { readOptions, within, writeOptions, type LayerForms } from './options.ts';
import { compileConfig, isKerasObject, isOwn } from './schema.ts';

const noLayers = (where: string): LayerForms => {
  const refuse = (): never => { throw new ModelError(where, 'has a layer where none can be'); };
  return { write: refuse, read: refuse };
};

type Table = Readonly<Record<string, { readonly kind: string; readonly keras?: { readonly name: string } | undefined; readonly options: z.ZodObject }>>;
const tables = { loss: losses as unknown as Table, metric: metrics as unknown as Table };
const reduction = z.enum(['sumOverBatchSize', 'sum', 'mean', 'meanWithSampleWeight', 'none']);

const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
/** Names that files have for what is called otherwise here. */
const aliases: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(shortLosses).map(([short, name]) => [short, plain(name)])), acc: 'accuracy', rmse: 'rootmeansquarederror',
};

function writeOptimizer(trainer: Trainer, where: string): Json {
  const { kind, keras, options } = trainer.compiled.optimizer;
  const make = catalogue().optimizers[kind];
  if (!keras || make?.keras !== keras) throw new ModelError(where, `the optimizer "${kind}" is your own, which Keras's files cannot hold`);
  const config = writeOptions(keras, make.schema, options, where, noLayers(where));
  // A rate that was set during training is the one to go on with.
  const rate = typeof options.learningRate === 'number' ? { learning_rate: real(trainer.learningRate) } : {};
  return { module: 'keras.optimizers', class_name: keras.name, config: { name: snake(keras.name), ...config, ...rate }, registered_name: null };
}

function writeNamed(family: 'loss' | 'metric', given: LossOption | MetricOption | null, where: string): Json {
  if (given === null) return null;
  if (typeof given === 'string') return snake(given);
  if (!('kind' in given) || !tables[family][given.kind]) throw new ModelError(where, `the ${family} ${'kind' in given ? `"${given.kind}"` : given.name || 'given as a function'} is your own, which Keras's files cannot hold`);
  const { kind, keras, options } = given as Loss | Metric;
  if (!keras) throw new ModelError(where, `the ${family} "${kind}" has no counterpart in Keras`);
  const schema = tables[family][kind]!.options.extend({ reduction, name: z.string() });
  const all = family === 'loss' ? { ...options, reduction: (given as Loss).reduction } : options;
  const config = writeOptions(keras, schema, all, where, noLayers(where));
  const extra = family === 'metric' ? { dtype: 'float32' } : {};
  return { module: `keras.${family === 'loss' ? 'losses' : 'metrics'}`, class_name: keras.name, config: { ...config, ...extra, name: ('name' in given && typeof given.name === 'string' && family === 'metric' && given.name) || snake(kind) }, registered_name: null };
}

const mapped = (given: unknown, each: (one: never) => Json): Json => {
  if (Array.isArray(given)) return given.map((one: unknown) => mapped(one, each));
  // A record by output name, of which one may be called `kind`; a metric is an object that updates.
  if (typeof given === 'object' && given !== null && !('update' in given && typeof given.update === 'function')) return Object.fromEntries(Object.entries(given).map(([key, one]) => [key, mapped(one, each)]));
  return each(given as never);
};

/** @throws ModelError for an optimizer, loss or metric that Keras's files cannot hold. */
export function writeCompile(trainer: Trainer, where: string): JsonObject {
  const { options } = trainer.compiled;
  return {
    optimizer: writeOptimizer(trainer, where),
    loss: options.loss === undefined ? null : mapped(options.loss, (one) => writeNamed('loss', one, where)),
    loss_weights: (options.lossWeights as Json | undefined) ?? null,
    metrics: options.metrics === undefined ? null : mapped(options.metrics, (one) => writeNamed('metric', one, where)),
    weighted_metrics: options.weightedMetrics === undefined ? null : mapped(options.weightedMetrics, (one) => writeNamed('metric', one, where)),
    run_eagerly: false, steps_per_execution: 1, jit_compile: false,
  };
}

const isOwnObject = (given: unknown): boolean => isObject(given) && isOwn(given);

function readOptimizer(given: unknown, where: string): Optimizer {
  const all = Object.values(catalogue().optimizers).filter(({ keras }) => keras);
  const name = typeof given === 'string' ? given : isKerasObject(given) ? given.class_name : '';
  const config: JsonObject = isKerasObject(given) && isObject(given.config) ? given.config : {};
  const matching = all.filter(({ keras }) => plain(keras!.name) === plain(name));
  const make = matching.find(({ keras }) => keras!.matches?.(config)) ?? matching[0];
  if (isOwnObject(given)) throw new ModelError(where, `the file's optimizer "${name.slice(0, 80)}" is its author's own, Python code, which ibex never runs`);
  if (!make) throw new ModelError(where, `the file's optimizer "${name.slice(0, 80)}" is not one that ibex knows${didYouMean(name, all.map(({ keras }) => keras!.name))}`);
  const at = `${where}: ${name}`;
  return within(at, () => (make as (options: unknown) => Optimizer)(readOptions(make.keras!, make.schema, config, at, noLayers(where))));
}

function readNamed(family: 'loss' | 'metric', given: unknown, where: string): unknown {
  if (given === null || given === undefined) return null;
  if (typeof given !== 'string' && !isKerasObject(given)) throw new ModelError(where, `has ${inWords(given)} in the place of a ${family}`);
  const object = typeof given === 'string' ? undefined : given;
  const byName = !object || object.class_name === 'function';
  const name = object?.class_name === 'function' ? String(object.config) : typeof given === 'string' ? given : object?.class_name ?? '';
  const key = aliases[plain(name)] ?? plain(name);
  if (typeof given === 'string' && family === 'metric' && (key === 'accuracy' || key === 'crossentropy')) return plain(name) === 'acc' ? 'acc' : key;
  const table = tables[family];
  const kind = isOwnObject(given) ? undefined : Object.keys(table).find((each) => plain(each) === key || (table[each]!.keras && plain(table[each]!.keras!.name) === key));
  if (!kind && (object?.class_name === 'function' || name === '__lambda__' || isOwnObject(given))) throw new ModelError(where, `the file's ${family} ${name === '__lambda__' ? 'is a lambda' : `"${name.slice(0, 80)}" is its author's own`}, Python code, which ibex never runs`);
  if (!kind) throw new ModelError(where, `the file's ${family} "${name.slice(0, 80)}" is not one that ibex knows${didYouMean(name, Object.keys(table))}`);
  const make = table[kind]! as unknown as ((options: unknown) => unknown) & Table[string];
  // A short name is what the history is to call it.
  if (byName) return family === 'metric' && aliases[plain(name)] ? make({ name }) : kind;
  const { dtype: _, ...config } = isObject(object.config) ? object.config : {};
  // A name that only says the class again is none.
  const { name: called, ...rest } = config;
  const named = family === 'metric' && typeof called === 'string' && called !== snake(kind) ? config : rest;
  const at = `${where}: ${name}`;
  return within(at, () => make(readOptions(make.keras as never, make.options.extend(family === 'loss' ? { reduction } : { name: z.string() }), named, at, noLayers(where))));
}

const read = (given: unknown, each: (one: unknown) => unknown): unknown => {
  if (Array.isArray(given)) return given.map((one: unknown) => read(one, each));
  if (isObject(given) && !isKerasObject(given)) return Object.fromEntries(Object.entries(given).map(([key, one]) => [key, read(one, each)]));
  return each(given);
};

/**
 * What `compile` was given. `undefined` for a model that was not compiled.
 * @throws ModelError for an optimizer, loss or metric that ibex does not know
 */
export function readCompile(given: unknown, where: string): CompileOptions | undefined {
  if (!isObject(given) || (given.loss ?? given.optimizer ?? null) === null) return undefined;
  const config = check(where, 'compile_config', compileConfig, given);
  const option = (key: string, value: unknown) => (value === null || value === undefined ? {} : { [key]: value });
  return {
    // Keras's own, where none is said.
    optimizer: readOptimizer(config.optimizer ?? 'rmsprop', where),
    ...option('loss', config.loss && read(config.loss, (one) => readNamed('loss', one, where))),
    ...option('lossWeights', config.loss_weights),
    ...option('metrics', config.metrics && read(config.metrics, (one) => readNamed('metric', one, where))),
    ...option('weightedMetrics', config.weighted_metrics && read(config.weighted_metrics, (one) => readNamed('metric', one, where))),
  } as unknown as CompileOptions;
}
