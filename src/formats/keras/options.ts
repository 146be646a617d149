/** Options of layers, optimizers, losses, metrics and parts ↔ Keras's configs. What is common to all of them; their files say the rest. */
import { z } from 'zod';
import { didYouMean, inWords, ModelError } from '../../core/errors.ts';
import { constraints } from '../../core/constraints.ts';
import { initializers } from '../../core/initializers.ts';
import type { Json, JsonObject, KerasForm } from '../../core/keras.ts';
import type { Layer } from '../../core/layer.ts';
import { formulaOf, kerasFormOf, type Part, type PartFactory } from '../../core/part.ts';
import { regularizers } from '../../core/regularizers.ts';
import { catalogue } from '../../core/catalogue.ts';
import { camel, snake } from './case.ts';
import { isObject } from './json.ts';
import { real } from './pythonJson.ts';
import { isKerasObject, isOwn, type KerasObject } from './schema.ts';

type Schema = z.core.$ZodType;
type Definition = {
  readonly type: string; readonly innerType?: Schema; readonly in?: Schema; readonly element?: Schema; readonly items?: readonly Schema[]; readonly options?: readonly Schema[];
  readonly entries?: Readonly<Record<string, string>>; readonly values?: readonly unknown[]; readonly format?: string;
  readonly checks?: readonly { readonly _zod: { readonly def: { readonly format?: string } } }[];
};

/** What a schema comes down to: words, numbers, and others, alone or in lists. */
function leavesOf(schema: Schema | undefined): readonly Definition[] {
  const def = schema?._zod.def as Definition | undefined;
  if (!def) return [];
  const inner = def.options ?? def.items ?? [def.innerType ?? def.in ?? def.element].filter((each) => each !== undefined);
  return inner.length > 0 ? inner.flatMap(leavesOf) : [def];
}

/** The words that an option may take, if it is one of a list. */
const wordsOf = (schema: Schema | undefined): readonly string[] => leavesOf(schema).flatMap(({ type, entries, values }) =>
  (type === 'enum' ? Object.values(entries ?? {}) : type === 'literal' ? (values ?? []).filter((value) => typeof value === 'string') : []));

const isInteger = ({ format, checks = [] }: Definition): boolean => format === 'safeint' || checks.some(({ _zod }) => _zod.def.format === 'safeint');

/** Whether an option takes real numbers, and not whole ones alone. */
const takesReal = (schema: Schema | undefined): boolean => {
  const numbers = leavesOf(schema).filter(({ type }) => type === 'number');
  return numbers.length > 0 && !numbers.some(isInteger);
};

const shapeOf = (schema: z.ZodObject): Readonly<Record<string, Schema>> => schema.shape;

/** How a layer that is an option's value is written and read: `layers.ts` knows, and is given here to keep the two apart. */
export interface LayerForms {
  write(layer: Layer): Json;
  read(object: Json): Layer;
  /** Goes on without a part that no file can hold, or no program knows; says so in words. Without this it is an error. */
  leaveOut?(what: string): void;
}

/** Errors say where in the file they arose. */
export function within<T>(where: string, work: () => T, problem = 'cannot be made'): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ModelError) || error.where.startsWith(where)) throw error;
    throw new ModelError(where, `${problem}: ${error.message}`, { cause: error });
  }
}

/** The parts that files know, by family. */
const families = () => [
  { module: 'keras.initializers', table: initializers },
  { module: 'keras.regularizers', table: regularizers },
  { module: 'keras.constraints', table: constraints },
  { module: 'keras.optimizers.schedules', table: catalogue().schedules },
] as unknown as readonly { module: string; table: Readonly<Record<string, PartFactory<z.ZodObject, unknown>>> }[];

const isPart = (value: object): value is Part<unknown> => formulaOf(value as Part<unknown>) !== undefined;
const isLayer = (value: unknown): value is Layer => typeof value === 'function' && 'plan' in value;

function writePart(part: Part<unknown>, place: Place): Json | undefined {
  const { where, key, layers } = place;
  const form = kerasFormOf(part);
  const { kind, ...options } = part;
  const family = families().find(({ table }) => form !== undefined && table[kind]?.keras === form);
  if (form && family) return { module: family.module, class_name: form.name, config: writeOptions(form, family.table[kind]!.options, options, where, layers), registered_name: null };
  const problem = `its ${key} "${kind}" is your own, which Keras's files cannot hold`;
  if (!layers.leaveOut || !isLeftOut(key)) throw new ModelError(where, problem);
  layers.leaveOut(`${where}: ${problem}; the file has the layer without it`);
  return undefined;
}

interface Place { readonly where: string; readonly key: string; readonly schema: Schema | undefined; readonly layers: LayerForms }

/** Parts that weights do without once they are there. */
const isLeftOut = (key: string) => /(Initializer|Regularizer|Constraint)$/.test(key);

const remedy = 'make it a layer of your own with defineLayer, or save the weights alone with saveWeights()';

/** `undefined` for what is left out. */
function writeValue(value: unknown, place: Place): Json | undefined {
  const { where, key, schema, layers } = place;
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return wordsOf(schema).includes(value) && !/^[A-Z]+$/.test(value) ? snake(value) : value;
  if (typeof value === 'number' && Number.isFinite(value)) return takesReal(schema) ? real(value) : value;
  if (typeof value === 'boolean') return value;
  if (isLayer(value)) return layers.write(value);
  if (typeof value === 'function') throw new ModelError(where, `its ${key} is a function, which no file can hold; ${remedy}`);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, (each) => writeValue(each, place) ?? null);
  if (typeof value === 'object' && isPart(value)) return writePart(value, place);
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([inner, each]) => [inner, writeValue(each, { ...place, key: `${key}.${inner}`, schema: undefined }) ?? null]));
  throw new ModelError(where, `its ${key} is ${inWords(value)}, which JSON does not have; ${remedy}`);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);

/** Options in Keras's words. @throws ModelError for one that no file can hold */
export function writeOptions(form: KerasForm, schema: z.ZodObject, options: Readonly<Record<string, unknown>>, where: string, layers: LayerForms): JsonObject {
  const shape = shapeOf(schema);
  const config = Object.fromEntries(Object.entries(options).flatMap(([key, value]): [string, Json][] => {
    const written = writeValue(value, { where, key, schema: shape[key], layers });
    return written === undefined ? [] : [[form.rename?.[key] ?? snake(key), written]];
  }));
  return form.write?.(config) ?? config;
}

const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

function readPart(object: KerasObject, where: string, layers: LayerForms): unknown {
  const { class_name: className, config, module } = object;
  if (isOwn(object)) return undefined;
  for (const family of families()) {
    if (typeof module === 'string' && module !== family.module && families().some((other) => other.module === module)) continue;
    const make = Object.values(family.table).find(({ keras }) => keras && plain(keras.name) === plain(className));
    if (make) return within(where, () => (make as (options: unknown) => unknown)(readOptions(make.keras!, make.options, isObject(config) ? config : {}, where, layers)));
  }
  return undefined;
}

const isKnown = (word: string, schema: Schema | undefined): boolean => wordsOf(schema).some((each) => plain(each) === plain(word));

/** A word of a list in our spelling. */
function readWord(word: string, { where, key, schema }: Place): unknown {
  const words = wordsOf(schema);
  const found = words.find((each) => plain(each) === plain(word));
  if (found !== undefined) return found;
  if (words.length > 0 && word !== '') throw new ModelError(where, `${key} cannot be "${word.slice(0, 80)}"${didYouMean(camel(word), words)}`);
  return word;
}

const rebuild = 'Rebuild this layer as one of your own, with defineLayer, and give its factory: { customLayers }';
const pythonCode = ({ where, key }: Place) => new ModelError(where, `its ${key} is Python code (a lambda); ibex never runs code from a file. ${rebuild}`);

/** Some lambdas of Keras's are three values under no name: code, defaults, closure. */
const isCode = (value: Json): boolean => isObject(value) && Object.keys(value).length === 1 && Array.isArray(value.value) && value.value.length === 3 && typeof value.value[0] === 'string';

/** `undefined` for what is left out. */
function readObject(value: KerasObject, place: Place): unknown {
  const { where, key, schema, layers } = place;
  const { class_name: name, config } = value;
  if (name === '__tensor__' || name === '__numpy__') return isObject(config) ? config.value : undefined;
  if (name === '__lambda__') throw pythonCode(place);
  if (name === 'function') {
    const word = String(config);
    // As in Keras, one that nobody registered may be known by its name.
    if (isOwn(value) || !isKnown(word, schema)) throw new ModelError(where, `its ${key} is the function "${word.slice(0, 80)}", Python code that is not in the file. ${rebuild}`);
    return readWord(word, place);
  }
  const part = readPart(value, where, layers);
  if (part !== undefined) return part;
  if (!isLeftOut(key)) return layers.read(value as unknown as Json);
  const problem = `its ${key} "${name}" is not one that ibex knows`;
  if (!layers.leaveOut || schema === undefined) throw new ModelError(where, problem);
  layers.leaveOut(`${where}: ${problem}; the model goes without it`);
  return undefined;
}

function readValue(value: Json, place: Place): unknown {
  if (isKerasObject(value)) return readObject(value, place);
  if (isCode(value)) throw pythonCode(place);
  if (Array.isArray(value)) return value.map((each: Json) => readValue(each, place));
  if (typeof value !== 'string') return value;
  // Initializers, regularizers and constraints may be written by name alone.
  return isLeftOut(place.key) ? readObject({ class_name: value, config: {} }, place) : readWord(value, place);
}

/** Keras's config in our options. @throws ModelError for a key that says something that ibex does not know. */
export function readOptions(form: KerasForm, schema: z.ZodObject, given: JsonObject, where: string, layers: LayerForms): Record<string, unknown> {
  const shape = shapeOf(schema);
  const ignored = new Set(form.ignore);
  const config = form.read?.(given) ?? given;
  const ours = new Map(Object.keys(shape).map((key) => [form.rename?.[key] ?? snake(key), key]));
  const options: Record<string, unknown> = {};
  for (const [theirs, value] of Object.entries(config)) {
    if (ignored.has(theirs)) continue;
    const key = ours.get(theirs) ?? camel(theirs);
    if (!Object.hasOwn(shape, key)) {
      // A newer Keras may write keys that are off by default.
      if (value === null || value === false) continue;
      throw new ModelError(where, `the file has the option "${theirs}" = ${inWords(value)}, which ibex does not know${didYouMean(key, Object.keys(shape))}`);
    }
    // None, where only Keras's default can be meant.
    if (value === null && !z.safeParse(shape[key]!, null).success) continue;
    const read = readValue(value, { where, key, schema: shape[key], layers });
    if (read !== undefined) options[key] = read;
  }
  return options;
}
