/** The `.keras` file: a zip of metadata.json, config.json and model.weights.h5 (docs: Keras 3's own format). */
import { ModelError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/keras.ts';
import type { Model } from '../../model/model.ts';
import { readBytes, writeAtomically } from '../files.ts';
import { readHdf5, type Hdf5File } from '../hdf5.ts';
import { writeHdf5 } from '../hdf5Writer.ts';
import { readZip, type ZipMember } from '../zip.ts';
import { writeZip } from '../zipWriter.ts';
import { withVocabularies } from './assets.ts';
import { readCompile, writeCompile } from './compileConfig.ts';
import { check, parseJson } from './json.ts';
import { readArchitecture } from './architecture.ts';
import type { ReadOptions } from './layers.ts';
import { isOldKeras, modernObject } from './oldForms.ts';
import { within } from './options.ts';
import { pythonJson } from './pythonJson.ts';
import { fileOrder } from './readModel.ts';
import { kerasObject, type KerasObject } from './schema.ts';
import { takeState, takeWeights, weightsTree } from './weightsFile.ts';
import { writeModel } from './writeModel.ts';

export interface LoadOptions extends ReadOptions {
  /**
   * Whether to compile as the file says. By default as far as ibex knows what it says: where it does not, a line says so, and the model is to be
   * compiled before it is trained. `true` makes that an error, `false` leaves the compilation out.
   */
  readonly compile?: boolean | undefined;
}

const text = (value: Json): Uint8Array => new TextEncoder().encode(pythonJson(value));

/** The date as Keras writes it: `2026-11-21@06:21:00`. */
const now = (): string => new Date().toISOString().slice(0, 19).replace('T', '@');

/** What `compile` was given, as far as Keras's files can hold it. */
export function compilationOf(model: Model, where: string): JsonObject | undefined {
  if (!model.compileOptions) return undefined;
  try {
    return writeCompile(model.trainer, where);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    console.warn(`ibex: ${error.message}; the file holds the model without its compilation: call compile() after loading it.`);
    return undefined;
  }
}

/** Saves a model in Keras's format. A model whose `compile` holds functions is saved without it, and a line says so. */
export async function saveKeras(model: Model, path: string): Promise<void> {
  const where = `save: ${path}`;
  if (!model.built) throw new ModelError(where, 'the model has no weights yet; begin it with input({ shape }), or fit it first');
  const { object, notes } = writeModel(model);
  for (const note of notes) console.warn(`ibex: ${note}.`);
  const compiled = compilationOf(model, where);
  const metadata = { keras_version: '3.15.1', date_saved: now(), ibex: { seed: model.seed } };
  await writeAtomically(path, writeZip([
    { name: 'metadata.json', content: text(metadata) },
    { name: 'config.json', content: text({ ...object, compile_config: compiled ?? {} }) },
    { name: 'model.weights.h5', content: writeHdf5(weightsTree(model, compiled !== undefined), where) },
  ], where), where);
}

/** What metadata.json says: whose words the file is in, and the seed that shuffling and dropout go on from, which ibex notes there. */
function noted(metadata: ZipMember | undefined): { readonly isOld: boolean; readonly seed: number | undefined } {
  try {
    const json = JSON.parse(new TextDecoder().decode(metadata?.bytes())) as { keras_version?: unknown; ibex?: { seed?: unknown } };
    const seed = json.ibex?.seed;
    return { isOld: isOldKeras(json.keras_version), seed: typeof seed === 'number' && Number.isSafeInteger(seed) && seed >= 0 && seed < 2 ** 31 ? seed : undefined };
  } catch {
    // Keras does not read this member: whatever is in it, the model is elsewhere.
    return { isOld: false, seed: undefined };
  }
}

/** Does a part of what a file says of compilation; where that fails, goes on without it if nobody asked for it. */
function asFarAs({ compile }: LoadOptions, otherwise: string, where: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    if (compile) throw new ModelError(where, `${error.message.replace(`${where}: `, '')}; load with { compile: false } and compile anew`, { cause: error });
    console.warn(`ibex: ${error.message}; ${otherwise}.`);
  }
}

/** Compiles as a file says, and takes over the optimizer's state from it. */
export function compileAsFile(model: Model, description: unknown, takeState: () => void, options: LoadOptions, where: string): void {
  if (options.compile === false) return;
  asFarAs(options, 'the model is loaded without its compilation: call compile() before training it', where, () => {
    const compilation = readCompile(description, where);
    if (compilation) within(where, () => model.compile(compilation), 'cannot be compiled as it says');
  });
  if (model.compileOptions && model.built) asFarAs(options, 'the optimizer starts anew', where, takeState);
}

/** The weights of a `.keras` file: taken out of it, once. */
export function weightsIn(members: ReadonlyMap<string, ZipMember>, where: string): Hdf5File {
  if (members.has('model.weights.npz')) throw new ModelError(where, 'keeps its weights in model.weights.npz, which holds pickled Python objects; ibex never runs code from a file. Save the model in Keras with weights in HDF5, as it does by default');
  const member = memberOf(members, 'model.weights.h5', where);
  return readHdf5(member.take(), where, member.packedSize);
}

function memberOf(members: ReadonlyMap<string, ZipMember>, name: string, where: string): ZipMember {
  const found = members.get(name);
  if (!found) throw new ModelError(where, `has no ${name}, which every .keras file has; it has ${[...members.keys()].slice(0, 10).join(', ') || 'nothing'}`);
  return found;
}

// More than any config.json has, and little enough to be unpacked.
const largestConfig = 2 ** 24;

/** Reads a `.keras` file. Nothing in it is executed. */
export async function loadKeras(path: string, options: LoadOptions = {}): Promise<Model> {
  const where = `loadModel: ${path}`;
  const members = readZip(await readBytes(path, where), where);
  const description = memberOf(members, 'config.json', where);
  if (description.size > largestConfig) throw new ModelError(where, `config.json has ${description.size} bytes, more than any model's; the file is broken or hostile`);
  const config = parseJson(where, 'config.json', description.bytes());
  const metadata = members.get('metadata.json');
  const { isOld, seed: notedSeed } = noted(metadata && metadata.size < largestConfig ? metadata : undefined);
  const object = check(where, 'config.json', kerasObject, isOld ? modernObject(config, where) : config) as unknown as KerasObject;
  const seed = options.seed ?? notedSeed;
  const weights = weightsIn(members, where);
  const model = readArchitecture(withVocabularies(object, { members, weights, where }), where, { ...options, seed });
  try {
    takeWeights(model, weights, fileOrder, where);
    compileAsFile(model, object.compile_config, () => takeState(model, weights, fileOrder, where, { withRate: !isOld }), options, where);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
