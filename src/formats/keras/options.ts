/** Options of layers, optimizers, losses, metrics and parts ↔ Keras's configs. What is common to all of them; their files say the rest. */
import type { z } from 'zod';
import { didYouMean, inWords, ModelError } from '../../core/errors.ts';
import { constraints } from '../../core/constraints.ts';
import { initializers } from '../../core/initializers.ts';
import type { Json, JsonObject, KerasForm } from '../../core/keras.ts';
import type { Layer } from '../../core/layer.ts';
import { kerasFormOf, type Part, type PartFactory } from '../../core/part.ts';
import { regularizers } from '../../core/regularizers.ts';
import { catalogue } from '../../core/catalogue.ts';
import { camel, snake } from './case.ts';
import { isKerasObject, isObject } from './schema.ts';

type Schema = z.core.$ZodType;
type Definition = { readonly type: string; readonly innerType?: Schema; readonly options?: readonly Schema[]; readonly in?: Schema; readonly entries?: Readonly<Record<string, string>>; readonly values?: readonly unknown[]; readonly element?: Schema };

/** The words that an option may take, if it is one of a list. */
function wordsOf(schema: Schema | undefined): readonly string[] {
  const def = schema?._zod.def as Definition | undefined;
  if (!def) return [];
  if (def.type === 'enum') return Object.values(def.entries ?? {});
  if (def.type === 'literal') return (def.values ?? []).filter((value) => typeof value === 'string');
  if (def.type === 'union') return (def.options ?? []).flatMap(wordsOf);
  if (def.type === 'array') return wordsOf(def.element);
  return wordsOf(def.innerType ?? def.in);
}

const shapeOf = (schema: z.ZodObject): Readonly<Record<string, Schema>> => schema.shape;

/** How a layer that is an option's value is written and read: `layers.ts` knows, and is given here to keep the two apart. */
export interface LayerForms { write(layer: Layer): Json; read(object: Json, where: string): Layer }

/** The parts that files know, by family. */
const families = () => [
  { module: 'keras.initializers', table: initializers },
  { module: 'keras.regularizers', table: regularizers },
  { module: 'keras.constraints', table: constraints },
  { module: 'keras.optimizers.schedules', table: catalogue().schedules },
] as unknown as readonly { module: string; table: Readonly<Record<string, PartFactory<z.ZodObject, unknown>>> }[];

const isPart = (value: object): value is Part<unknown> => 'kind' in value && typeof value.kind === 'string' && !('plan' in value);
const isLayer = (value: unknown): value is Layer => typeof value === 'function' && 'plan' in value;

function writePart(part: Part<unknown>, where: string, layers: LayerForms): Json {
  const form = kerasFormOf(part);
  const { kind, ...options } = part;
  const family = families().find(({ table }) => form !== undefined && table[kind]?.keras === form);
  if (!form || !family) throw new ModelError(where, `has the part "${kind}" of your own, which Keras's files cannot hold`);
  return { module: family.module, class_name: form.name, config: writeOptions(form, family.table[kind]!.options, options, where, layers), registered_name: null };
}

function writeValue(value: unknown, schema: Schema | undefined, where: string, layers: LayerForms): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return wordsOf(schema).includes(value) && !/^[A-Z]+$/.test(value) ? snake(value) : value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (isLayer(value)) return layers.write(value);
  if (typeof value === 'function') throw new ModelError(where, `has ${inWords(value)} as an option, which no file can hold; use one by name, or a layer of your own`);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, (each) => writeValue(each, schema, where, layers));
  if (typeof value === 'object' && isPart(value)) return writePart(value, where, layers);
  return Object.fromEntries(Object.entries(value as object).map(([key, each]) => [key, writeValue(each, undefined, where, layers)]));
}

/** Options in Keras's words. */
export function writeOptions(form: KerasForm, schema: z.ZodObject, options: Readonly<Record<string, unknown>>, where: string, layers: LayerForms): JsonObject {
  const shape = shapeOf(schema);
  const config = Object.fromEntries(Object.entries(options).map(([key, value]) => [form.rename?.[key] ?? snake(key), writeValue(value, shape[key], where, layers)]));
  return form.write?.(config) ?? config;
}

const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

function readPart(className: string, config: JsonObject, module: string | undefined, where: string, layers: LayerForms): unknown {
  for (const family of families()) {
    if (module !== undefined && module !== family.module && !module.startsWith(`${family.module}.`) && families().some((other) => other.module === module)) continue;
    const make = Object.values(family.table).find(({ keras }) => keras && plain(keras.name) === plain(className));
    if (make) return (make as (options: unknown) => unknown)(readOptions(make.keras!, make.options, config, where, layers));
  }
  return undefined;
}

function readObject(value: JsonObject, schema: Schema | undefined, where: string, layers: LayerForms): unknown {
  const { class_name: name, config, module } = value as { class_name: string; config: Json; module?: Json };
  if (name === '__tensor__' || name === '__numpy__') return isObject(config) ? config.value : undefined;
  if (name === '__lambda__') throw new ModelError(where, 'holds Python code (a lambda); ibex never runs code from a file. Rebuild this layer and load the weights with setWeights()');
  if (name === 'function') return readWord(String(config), schema, where);
  const part = readPart(name, isObject(config) ? config : {}, typeof module === 'string' ? module : undefined, where, layers);
  return part ?? layers.read(value, where);
}

/** A word of a list in our spelling; a part's name becomes the part. */
function readWord(word: string, schema: Schema | undefined, where: string): unknown {
  const words = wordsOf(schema);
  const found = words.find((each) => plain(each) === plain(word));
  if (found !== undefined) return found;
  if (words.length > 0 && word !== '') throw new ModelError(where, `cannot be "${word}"${didYouMean(camel(word), words)}`);
  return word;
}

function readValue(value: Json, key: string, schema: Schema | undefined, where: string, layers: LayerForms): unknown {
  if (isKerasObject(value)) return readObject(value as unknown as JsonObject, schema, where, layers);
  if (Array.isArray(value)) return value.map((each: Json) => readValue(each, key, schema, where, layers));
  if (typeof value !== 'string') return value;
  // Initializers, regularizers and constraints may be written by name alone.
  if (/(Initializer|Regularizer|Constraint)$/.test(key)) {
    const part = readPart(value, {}, undefined, where, layers);
    if (part === undefined) throw new ModelError(where, `has ${key} "${value}", which ibex does not know`);
    return part;
  }
  return readWord(value, schema, where);
}

/** Keras's config in our options. @throws ModelError for a key that says something that ibex does not know. */
export function readOptions(form: KerasForm, schema: z.ZodObject, given: JsonObject, where: string, layers: LayerForms): Record<string, unknown> {
  const shape = shapeOf(schema);
  const ignored = new Set(form.ignore);
  const config = form.read?.(given) ?? given;
  const ours = new Map(Object.entries(form.rename ?? {}).map(([key, theirs]) => [theirs, key]));
  const options: Record<string, unknown> = {};
  for (const [theirs, value] of Object.entries(config)) {
    if (ignored.has(theirs)) continue;
    const key = ours.get(theirs) ?? camel(theirs);
    if (!Object.hasOwn(shape, key)) {
      // A newer Keras may write keys that are off by default.
      if (value === null || value === false) continue;
      throw new ModelError(where, `the file has the option "${theirs}" = ${inWords(value)}, which ibex does not know${didYouMean(key, Object.keys(shape))}`);
    }
    options[key] = readValue(value, key, shape[key], where, layers);
  }
  return options;
}
