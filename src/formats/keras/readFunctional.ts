/** From the object of a Functional model to its graph. */
import { inWords, ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';
import type { Layer } from '../../core/layer.ts';
import { isSymbolic, type CallArguments, type SymbolicTensor } from '../../core/symbolic.ts';
import { model as makeModel } from '../../model/make.ts';
import type { Model } from '../../model/model.ts';
import type { Structured } from '../../model/structure.ts';
import { callsOf, flat, isOldStyle, keyOf, sourceOf, sourcesIn, type Call, type Source } from './calls.ts';
import { camel } from './case.ts';
import { check, isObject } from './json.ts';
import { readLayer, type Reading } from './layers.ts';
import { maskFinder, withoutMasks } from './masks.ts';
import { isModel } from './models.ts';
import { callOperation, isOperation } from './ops/operation.ts';
import { within } from './options.ts';
import { kerasOrder } from './order.ts';
import { functionalConfig, kerasHistory, type KerasObject, type LayerEntry } from './schema.ts';

interface FunctionalReading extends Reading { readInput(config: JsonObject, where: string): SymbolicTensor }

/** Entries by name. */
function byName(where: string, layers: readonly LayerEntry[]): ReadonlyMap<string, LayerEntry> {
  const entries = new Map<string, LayerEntry>();
  for (const entry of layers) {
    const name = entry.name ?? entry.config.name;
    if (!name || entries.has(name)) throw new ModelError(where, name ? `has two layers named "${name}"` : 'has a layer without a name');
    if (entry.config.name !== undefined && entry.config.name !== name) throw new ModelError(where, `has a layer that is called "${name}" in one place and "${entry.config.name}" in another`);
    entries.set(name, entry);
  }
  return entries;
}

const isNested = ({ class_name: name }: LayerEntry) => ['Functional', 'Model', 'Sequential'].includes(name);

/** Calls by key. Keras 2 counts those of a model inside a model from 1, if it was called before: then some tensor comes from a call behind the last. */
function numberCalls(where: string, entries: ReadonlyMap<string, LayerEntry>, ends: readonly Source[]): ReadonlyMap<string, Call> {
  const calls = [...entries].map(([name, entry]) => ({ name, entry, list: callsOf(entry, `${where}: ${name}`) }));
  const highest = new Map<string, number>();
  if (isOldStyle([...entries.values()])) {
    const sources = [...ends, ...calls.flatMap(({ list }) => list.flatMap((call) => sourcesIn(call, where)))];
    for (const { layer, call } of sources) highest.set(layer, Math.max(highest.get(layer) ?? 0, call));
  }
  return new Map(calls.flatMap(({ name, entry, list }) => {
    const first = isNested(entry) && (highest.get(name) ?? 0) >= list.length ? 1 : 0;
    return list.map((call, i): [string, Call] => [`${name}/${i + first}`, call]);
  }));
}

// Their names are compared with one another.
const mostEnds = 1000;

/** A model's ends: one place, a list or a record of them. Keras 2 has a list also where there is one. */
function readEnds(where: string, what: string, given: unknown, old: boolean): Structured<readonly unknown[]> {
  const count = typeof given === 'object' && given !== null ? Object.keys(given).length : 0;
  if (count > mostEnds) throw new ModelError(where, `${what} of the model are ${count} tensors, more than any model's; the file is broken or hostile`);
  const isPlace = (value: unknown): value is readonly unknown[] => kerasHistory.safeParse(value).success;
  if (isPlace(given)) return given;
  if (Array.isArray(given) && given.every(isPlace)) return old && given.length === 1 ? given[0]! : (given as readonly (readonly unknown[])[]);
  if (isObject(given) && Object.values(given).every(isPlace)) return given as unknown as Readonly<Record<string, readonly unknown[]>>;
  throw new ModelError(where, `${what} of the model must be one tensor, a list or a record of them; ibex has no deeper structures`);
}

function mapEnds<T>(ends: Structured<readonly unknown[]>, each: (place: readonly unknown[]) => T): Structured<T> {
  if (!Array.isArray(ends)) return Object.fromEntries(Object.keys(ends).sort().map((key) => [key, each((ends as Readonly<Record<string, readonly unknown[]>>)[key]!)]));
  return typeof ends[0] === 'string' ? each(ends) : (ends as readonly (readonly unknown[])[]).map(each);
}

/** Runs each call once those that it needs have run; entries of a file may stand in any order. */
function inTurn(where: string, calls: ReadonlyMap<string, Call>, done: (key: string) => boolean, run: (key: string, call: Call) => void): void {
  const missing = new Map<string, Set<string>>();
  const waiting = new Map<string, string[]>();
  const wait = (need: string, key: string) => {
    const list = waiting.get(need) ?? [];
    list.push(key);
    waiting.set(need, list);
  };
  const ready: string[] = [];
  for (const [key, call] of calls) {
    const needs = new Set(sourcesIn(call, where).map(keyOf).filter((need) => !done(need)));
    missing.set(key, needs);
    for (const need of needs) wait(need, key);
    if (needs.size === 0) ready.push(key);
  }
  for (const key of ready) {
    run(key, calls.get(key)!);
    missing.delete(key);
    for (const next of waiting.get(key) ?? []) {
      missing.get(next)!.delete(key);
      if (missing.get(next)!.size === 0) ready.push(next);
    }
  }
  const [stuck] = missing;
  if (stuck) throw new ModelError(`${where}: ${stuck[0].slice(0, stuck[0].lastIndexOf('/'))}`, `needs ${[...stuck[1]].slice(0, 5).join(', ')}, which the file does not have or which needs this layer in turn`);
}

// Inputs that Keras may give by name.
const inputNames = ['inputs', 'sequences', 'sequence', 'query', 'value', 'key'];
const tensorArguments = new Set(['initial_state', 'attention_mask']);
const knownArguments = new Set([...tensorArguments, 'use_causal_mask', 'return_attention_scores']);

/** @throws ModelError for a value in the place of a tensor */
function checkTensors(values: readonly unknown[], where: string): asserts values is readonly SymbolicTensor[] {
  const other = values.findIndex((value) => !isSymbolic(value));
  if (other >= 0) throw new ModelError(where, `is called with ${inWords(values[other])}, where a tensor is expected`);
}

function callLayer(layer: Layer, { args, kwargs }: Call, resolve: (value: unknown) => unknown, where: string): readonly SymbolicTensor[] {
  // Whoever calls the model says whether it trains: fit, evaluate and predict do, and in Keras that has the last word as well.
  const { training: _, ...named } = kwargs;
  const given: Record<string, unknown> = {};
  const inputs = [...args];
  for (const key of inputNames) if (named[key] !== undefined) inputs.push(named[key]);
  for (const [key, value] of Object.entries(named)) {
    if (inputNames.includes(key) || value === null || value === false) continue;
    const ours = layer.keras !== undefined || isModel(layer);
    if (ours && !knownArguments.has(key)) throw new ModelError(where, `is called with ${key} = ${JSON.stringify(value).slice(0, 80)}, which ibex does not know`);
    given[camel(key)] = Array.isArray(value) || sourceOf(value, where) ? flat(resolve(value)) : resolve(value);
    if (tensorArguments.has(key) || typeof given[camel(key)] === 'object') checkTensors([given[camel(key)]].flat(), where);
    else if (ours && typeof value !== 'boolean') throw new ModelError(where, `is called with ${key} = ${inWords(value)}, where true or false is expected`);
  }
  const tensors: unknown[] = inputs.flatMap((each) => flat(resolve(each))).filter((each) => each !== null);
  if (tensors.length === 0) throw new ModelError(where, 'has a call without an input');
  checkTensors(tensors, where);
  // Keras 2 writes the states that a recurrent layer starts from behind its input.
  if ('returnSequences' in layer.options && tensors.length > 1 && given.initialState === undefined) given.initialState = tensors.splice(1);
  const isList = tensors.length > 1 || !sourceOf(inputs[0], where);
  return within(where, () => [...layer((isList ? tensors : tensors[0]) as SymbolicTensor | readonly SymbolicTensor[], given as CallArguments)], 'cannot be built');
}

/** A graph with its weights still to come, and its layers in the order that numbers their groups in the file. */
export function readFunctional(object: KerasObject, where: string, reading: FunctionalReading): { readonly model: Model; readonly order: readonly Layer[]; readonly trainable: boolean } {
  const config = check(where, 'the Functional model', functionalConfig, object.config);
  const entries = byName(where, config.layers);
  const old = isOldStyle(config.layers);
  const ends = { inputs: readEnds(where, 'input_layers', config.input_layers, old), outputs: readEnds(where, 'output_layers', config.output_layers, old) };
  /** Only in the ends of a model does Keras 3 count the calls of a nested Functional from 1. */
  const endOf = (place: readonly unknown[]): Source => {
    const [layer, call, index] = place as readonly [string, number, number];
    const counted = !old && ['Functional', 'Model'].includes(entries.get(layer)?.class_name ?? '');
    return { layer, call: counted ? call - 1 : call, index };
  };
  const sources: Source[] = [];
  mapEnds(ends.outputs, (place) => sources.push(endOf(place)));
  const calls = numberCalls(where, entries, sources);
  const isMask = maskFinder({ where, entries, calls });

  const layers = new Map<string, Layer>();
  const outputs = new Map<string, readonly SymbolicTensor[] | (() => readonly SymbolicTensor[])>();
  for (const [name, entry] of entries) {
    const at = `${where}: ${name}`;
    if (entry.class_name === 'InputLayer') outputs.set(`${name}/0`, [reading.readInput({ ...(entry.config as JsonObject), name }, at)]);
    else if (!isOperation(entry)) layers.set(name, readLayer({ ...entry, config: { ...entry.config, name } } as unknown as KerasObject, where, reading));
  }
  const tensorAt = (source: Source): SymbolicTensor => {
    const known = outputs.get(keyOf(source));
    const found = (typeof known === 'function' ? known() : known)?.[source.index];
    if (!found) throw new ModelError(where, `refers to output ${source.index} of call ${source.call} of "${source.layer}", which the file does not have`);
    return found;
  };
  const tensorOf = (value: unknown) => {
    const source = sourceOf(value, where);
    return source && tensorAt(source);
  };
  const resolve = (value: unknown): unknown =>
    tensorOf(value) ?? (Array.isArray(value) ? value.map(resolve) : isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each as Json)])) : value);

  inTurn(where, new Map([...calls].filter(([key]) => !outputs.has(key))), (key) => outputs.has(key), (key, call) => {
    const cut = key.lastIndexOf('/');
    const [name, number] = [key.slice(0, cut), key.slice(cut + 1)];
    const at = `${where}: ${name}`;
    const layer = layers.get(name);
    if (layer) {
      outputs.set(key, callLayer(layer, { args: call.args, kwargs: withoutMasks(call.kwargs, isMask, at) }, resolve, at));
      return;
    }
    const compute = () => callOperation(entries.get(name)!, number === '0' ? name : undefined, call, tensorOf, at);
    // A mask that follows from the layers is computed only if it is also used as a tensor.
    outputs.set(key, isMask({ layer: name, call: Number(number), index: 0 }) ? compute : compute());
  });

  const model = within(where, () => makeModel({
    inputs: mapEnds(ends.inputs, (place) => tensorAt(endOf(place))),
    outputs: mapEnds(ends.outputs, (place) => tensorAt(endOf(place))),
    name: config.name, seed: reading.seed,
  }), 'cannot be built');
  const order = kerasOrder(where, calls, sources).flatMap((name) => layers.get(name) ?? []);
  return { model, order, trainable: config.trainable };
}
