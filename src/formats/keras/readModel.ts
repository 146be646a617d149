/** From the `Sequential` or `Functional` object of config.json to a model. */
import { ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';
import type { Layer } from '../../core/layer.ts';
import { input, type CallArguments, type SymbolicTensor } from '../../core/symbolic.ts';
import { model as makeModel, sequential } from '../../model/make.ts';
import { Model } from '../../model/model.ts';
import type { Structured } from '../../model/structure.ts';
import { camel } from './case.ts';
import { readLayer, type ModelForms, type ReadOptions } from './layers.ts';
import { check, functionalConfig, isKerasObject, isObject, kerasHistory, sequentialConfig, type KerasObject, type LayerEntry } from './schema.ts';
import { readOperation } from './operations.ts';

export interface ReadModelOptions extends ReadOptions { readonly seed?: number | undefined }

/** Layers of a read model in the order of its file, which is what numbered the weight groups. */
const order = new WeakMap<Model, readonly Layer[]>();
export const fileOrder = (model: Model): readonly Layer[] => order.get(model) ?? model.layers;

const dtypes = ['float32', 'int32', 'bool', 'string'] as const;

function readInput(config: JsonObject, where: string): SymbolicTensor {
  const shape = config.batch_shape ?? config.batch_input_shape;
  if (!Array.isArray(shape) || !shape.every((n: unknown) => n === null || (Number.isSafeInteger(n) && (n as number) > 0))) {
    throw new ModelError(where, `an input must have a batch_shape, a list of sizes, got ${JSON.stringify(shape)}`);
  }
  const [batchSize, ...example] = shape as (number | null)[];
  const given = String(config.dtype ?? 'float32');
  const dtype = dtypes.find((each) => each === given) ?? (/int|uint/.test(given) ? 'int32' : 'float32');
  return input({ shape: example, dtype, batchSize: batchSize ?? null, ...(typeof config.name === 'string' && { name: config.name }) });
}

function readSequential(object: KerasObject, where: string, options: ReadModelOptions): Model {
  const { name, trainable, layers, build_input_shape: built } = check(where, 'the Sequential model', sequentialConfig, object.config);
  const [first] = layers;
  const starts = first?.class_name === 'InputLayer';
  const shape = built ?? (isObject(object.build_config) ? object.build_config.input_shape : undefined);
  const start = starts ? readInput(first.config as JsonObject, where)
    : Array.isArray(shape) ? readInput({ batch_shape: shape as never }, where) : undefined;
  const forms = formsFor(options);
  const rest = layers.slice(starts ? 1 : 0).map((entry) => readLayer(entry as unknown as KerasObject, where, options, forms));
  const made = sequential(start ? [start, ...rest] : rest, { name, seed: options.seed });
  if (!trainable) made.trainable = false;
  if (made.built) handOver(rest);
  order.set(made, rest);
  return made;
}

/** Leaves the weights of models inside a model to the outer one: with that they go, since nobody else holds them. */
function handOver(layers: readonly Layer[]): void {
  for (const layer of layers) {
    if (!(layer instanceof Model)) handOver([...layer.held.values()]);
    else if (layer.built) for (const variable of layer.network.variables) variable.owners--;
  }
}

/** Python's data structure of places → ours of tensors. */
function readEnds(where: string, what: string, given: unknown, tensor: (place: unknown) => SymbolicTensor): Structured<SymbolicTensor> {
  if (Array.isArray(given)) {
    const one = kerasHistory.safeParse(given);
    return one.success ? tensor(given) : given.map((each) => tensor(each));
  }
  if (isObject(given)) return Object.fromEntries(Object.entries(given).map(([key, each]) => [key, tensor(each)]));
  throw new ModelError(where, `${what} of the model is not as Keras writes it`);
}

interface Call { readonly args: readonly unknown[]; readonly kwargs: JsonObject }

/** One call in a file; files of Keras 2 write it as a list of places. */
function readCall(where: string, node: unknown): Call {
  if (isObject(node) && Array.isArray(node.args) && isObject(node.kwargs)) return { args: node.args, kwargs: node.kwargs };
  if (Array.isArray(node)) {
    const places = node.map((each: unknown) => {
      const [layer, call, index] = Array.isArray(each) ? (each as unknown[]) : [];
      return { class_name: '__keras_tensor__', config: { keras_history: [layer, call, index] } };
    });
    const [only] = places;
    const kwargs = Array.isArray(node[0]) && isObject((node[0] as unknown[])[3]) ? ((node[0] as unknown[])[3] as JsonObject) : {};
    return { args: [places.length === 1 ? only : places], kwargs };
  }
  throw new ModelError(where, 'a call of the layer is not as Keras writes it: it has no args and kwargs');
}

const isTensor = (value: unknown) => isKerasObject(value) && value.class_name === '__keras_tensor__';

/** Names of the calls that a call needs, as `layer/number`. */
function needsOf(where: string, { args, kwargs }: Call): string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (isTensor(value)) {
      const [layer, call] = check(where, 'a tensor', kerasHistory, (value as unknown as KerasObject).config.keras_history);
      found.push(`${layer}/${call}`);
    } else if (Array.isArray(value)) value.forEach(walk);
    else if (isObject(value) && !isKerasObject(value)) Object.values(value).forEach(walk);
  };
  walk(args);
  walk(Object.values(kwargs));
  return found;
}

function readFunctional(object: KerasObject, where: string, options: ReadModelOptions): Model {
  const config = check(where, 'the Functional model', functionalConfig, object.config);
  const forms = formsFor(options);
  const outputs = new Map<string, readonly SymbolicTensor[] | 'mask'>();
  const layers: Layer[] = [];
  const pending: { readonly name: string; readonly number: number; readonly call: Call; readonly run: (call: Call) => readonly SymbolicTensor[] | 'mask' }[] = [];

  const tensorAt = (place: unknown, shift = 0): SymbolicTensor | 'mask' => {
    const [layer, number, index] = check(where, 'a tensor', kerasHistory, place);
    const known = outputs.get(`${layer}/${number - shift}`);
    if (known === 'mask') return 'mask';
    const found = known?.[index];
    if (!found) throw new ModelError(where, `refers to output ${index} of call ${number} of "${layer}", which the file does not have`);
    return found;
  };
  /** Tensors in the place of their descriptions; a mask that Keras made for itself is left out, since it follows from the layers. */
  const resolve = (value: unknown): unknown => {
    if (isTensor(value)) return tensorAt((value as unknown as KerasObject).config.keras_history);
    return Array.isArray(value) ? value.map(resolve) : value;
  };

  const entries = new Map<string, LayerEntry>();
  for (const entry of config.layers) {
    const name = entry.name ?? entry.config.name;
    if (!name || entries.has(name)) throw new ModelError(where, name ? `has two layers named "${name}"` : 'has a layer without a name');
    entries.set(name, entry);
    if (entry.class_name === 'InputLayer') {
      outputs.set(`${name}/0`, [readInput({ ...(entry.config as JsonObject), name }, where)]);
      continue;
    }
    const operation = readOperation(entry as unknown as KerasObject, `${where}: ${name}`);
    const layer = operation ? undefined : readLayer(entry as unknown as KerasObject, where, options, forms);
    if (layer) layers.push(layer);
    const run = operation === 'mask' ? () => 'mask' as const
      : operation ? (call: Call) => callOperation(operation, name, call, resolve)
      : (call: Call) => callLayer(layer!, call, resolve, where);
    entry.inbound_nodes.forEach((node, number) => pending.push({ name, number, call: readCall(`${where}: ${name}`, node), run }));
  }

  // Entries may stand in any order: each call waits for those that it needs.
  const waiting = new Map<string, typeof pending>();
  const missing = new Map(pending.map((each) => [each, new Set<string>()]));
  const ready: typeof pending = [];
  for (const each of pending) {
    for (const need of needsOf(`${where}: ${each.name}`, each.call)) {
      if (outputs.has(need) || missing.get(each)!.has(need)) continue;
      missing.get(each)!.add(need);
      waiting.set(need, [...(waiting.get(need) ?? []), each]);
    }
    if (missing.get(each)!.size === 0) ready.push(each);
  }
  let done = 0;
  for (; done < ready.length; done++) {
    const { name, number, call, run } = ready[done]!;
    const key = `${name}/${number}`;
    outputs.set(key, run(call));
    for (const next of waiting.get(key) ?? []) {
      missing.get(next)!.delete(key);
      if (missing.get(next)!.size === 0) ready.push(next);
    }
  }
  if (done < pending.length) {
    const [stuck] = pending.filter((each) => missing.get(each)!.size > 0);
    throw new ModelError(`${where}: ${stuck!.name}`, `needs ${[...missing.get(stuck!)!].join(', ')}, which the file does not have or which needs this layer in turn`);
  }

  // Only in the ends of a model does Keras count the calls of a nested Functional from 1.
  const isFunctional = (name: unknown) => ['Functional', 'Model'].includes(entries.get(String(name))?.class_name ?? '');
  const end = (place: unknown): SymbolicTensor => {
    const [name, number] = Array.isArray(place) ? (place as unknown[]) : [];
    const found = tensorAt(place, isFunctional(name) && Number(number) > 0 ? 1 : 0);
    if (found === 'mask') throw new ModelError(where, 'gives a mask as an output, which ibex does not keep as a tensor');
    return found;
  };
  const made = makeModel({
    inputs: readEnds(where, 'input_layers', config.input_layers, end),
    outputs: readEnds(where, 'output_layers', config.output_layers, end),
    name: config.name, seed: options.seed,
  });
  if (!config.trainable) made.trainable = false;
  handOver(layers);
  order.set(made, layers);
  return made;
}

/** Tensors among the arguments become the inputs of a layer, which keeps the rest. */
function callOperation(make: (args: readonly Json[], name: string) => Layer, name: string, { args }: Call, resolve: (value: unknown) => unknown): readonly SymbolicTensor[] {
  const inputs: SymbolicTensor[] = [];
  const slotted = (value: unknown): Json => {
    if (isTensor(value)) return { tensor: inputs.push(resolve(value) as SymbolicTensor) - 1 };
    return Array.isArray(value) ? value.map(slotted) : (value as Json);
  };
  return [...make(args.map(slotted), name)(inputs)];
}

const silent = new Set(['mask', 'training']);

function callLayer(layer: Layer, { args, kwargs }: Call, resolve: (value: unknown) => unknown, where: string): readonly SymbolicTensor[] {
  if (kwargs.training === true) throw new ModelError(`${where}: ${layer.name}`, 'is called with training=True, which ibex cannot keep; remove it in Keras');
  const named = new Map(Object.entries(kwargs).map(([key, value]) => [key, resolve(value)]));
  const positional = args.map(resolve);
  // Keras names the inputs of attention layers; here they are a list.
  for (const key of ['inputs', 'query', 'value', 'key']) {
    const value = named.get(key);
    if (value === undefined || value === null || layer.keras?.spread !== true && key !== 'inputs') continue;
    positional.push(value);
    named.delete(key);
  }
  const given: Record<string, unknown> = {};
  for (const [key, value] of named) {
    const masked = value === 'mask' || (Array.isArray(value) && value.some((each) => each === 'mask' || each === null));
    if (value === null || value === false || masked || (silent.has(key) && typeof value !== 'object')) continue;
    given[camel(key)] = value;
  }
  const [first, ...others] = positional;
  const x = Array.isArray(first) ? first : others.length > 0 ? positional.filter((each) => each !== null) : first;
  return [...layer(x as SymbolicTensor | readonly SymbolicTensor[], given as CallArguments)];
}

const formsFor = (options: ReadModelOptions): ModelForms => ({
  write: () => { throw new TypeError('a reader does not write'); },
  read: (object, where) => readModelObject(object, where, options),
});

export function readModelObject(object: KerasObject, where: string, options: ReadModelOptions): Model {
  if (!isObject(object.config)) throw new ModelError(where, 'the model has no config');
  if (object.class_name === 'Sequential') return readSequential(object, where, options);
  if (['Functional', 'Model'].includes(object.class_name)) return readFunctional(object, where, options);
  throw new ModelError(where, `is a model of class "${object.class_name}", which is Python code of its author's; only Sequential and Functional models are data. Save such a model in Keras as one of them`);
}
