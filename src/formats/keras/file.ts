/** The `.keras` file: a zip of metadata.json, config.json and model.weights.h5 (docs: Keras 3's own format). */
import { ModelError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/keras.ts';
import { show } from '../../core/shape.ts';
import { tf, type Tensor } from '../../core/tensor.ts';
import { Model } from '../../model/model.ts';
import { withBlankVariables } from '../../model/variables.ts';
import { readBytes, writeAtomically } from '../files.ts';
import { readHdf5, type Hdf5Dataset } from '../hdf5.ts';
import { writeHdf5, type NewDataset, type NewGroup } from '../hdf5Writer.ts';
import { readZip } from '../zip.ts';
import { writeZip } from '../zipWriter.ts';
import { readCompile, writeCompile } from './compileConfig.ts';
import { optimizerArrays, restoreOptimizer } from './optimizerState.ts';
import { readModelObject, type ReadModelOptions } from './readModel.ts';
import { check, isObject, kerasObject, parseJson, type KerasObject } from './schema.ts';
import { namedGroups, placedVariables } from './weightPaths.ts';
import { writeModel } from './writeModel.ts';

export interface LoadOptions extends ReadModelOptions {
  /** Whether to compile as the file says; default true. What the file cannot say is left to you. */
  readonly compile?: boolean | undefined;
}

const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** The date as Keras writes it: `2026-11-21@06:21:00`. */
const now = (): string => new Date().toISOString().slice(0, 19).replace('T', '@');

const arrayOf = (tensor: Tensor): NewDataset => ({
  shape: tensor.shape,
  data: tensor.dtype === 'int32' ? BigInt64Array.from(tensor.dataSync(), BigInt) : (tensor.dataSync() as Float32Array),
});

/** Weights, and optimizer state where it is asked for, as the tree of an HDF5 file. */
export function weightsTree(model: Model, withOptimizer: boolean): NewGroup {
  const state = withOptimizer ? optimizerArrays(model.trainer) : [];
  return {
    groups: { vars: {}, ...Object.fromEntries(namedGroups(model).map(({ path, name }) => [path, { attributes: { name } }])) },
    datasets: Object.fromEntries([
      ...placedVariables(model).map(({ variable, path }) => [path, arrayOf(variable.tensor)] as const),
      ...state.map((tensor, i) => [`optimizer/vars/${i}`, arrayOf(tensor)] as const),
    ]),
  };
}

/** Saves a model in Keras's format. A model whose `compile` holds functions is saved without it, and a line says so. */
export async function saveKeras(model: Model, path: string): Promise<void> {
  const where = `save: ${path}`;
  if (!model.built) throw new ModelError(where, 'the model has no weights yet; begin it with input({ shape }), or fit it first');
  const config = writeModel(model);
  let compiled: JsonObject | undefined;
  if (model.compileOptions) {
    try {
      compiled = writeCompile(model.trainer, where);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      console.warn(`ibex: ${error.message}; the file holds the model without its compilation: call compile() after loading it.`);
    }
  }
  const metadata = { keras_version: '3.15.1', date_saved: now(), ibex: { seed: model.seed } };
  await writeAtomically(path, writeZip([
    { name: 'metadata.json', content: text(metadata) },
    { name: 'config.json', content: text({ ...config, compile_config: compiled ?? {} }) },
    { name: 'model.weights.h5', content: writeHdf5(weightsTree(model, compiled !== undefined), where) },
  ], where), where);
}

/** What ibex notes in metadata.json, which Keras does not read: the seed that shuffling and dropout go on from. */
function seedIn(metadata: Uint8Array | undefined): number | undefined {
  try {
    const json = JSON.parse(new TextDecoder().decode(metadata)) as { ibex?: { seed?: unknown } };
    const seed = json.ibex?.seed;
    return typeof seed === 'number' && Number.isSafeInteger(seed) && seed >= 0 && seed < 2 ** 31 ? seed : undefined;
  } catch {
    // Keras does not read this member either: whatever is in it, the model is elsewhere.
    return undefined;
  }
}

/** Sets all weights from a weights file. @throws ModelError, before any is set, for one that is missing or has another shape. */
function takeWeights(model: Model, arrays: ReadonlyMap<string, Hdf5Dataset>, where: string): void {
  const placed = placedVariables(model);
  const found = placed.map(({ variable, path }) => {
    const array = arrays.get(path);
    if (!array) throw new ModelError(where, `has no weight at ${path}, where ${variable.path} is expected`);
    const { shape } = variable.spec;
    if (array.shape.length !== shape.length || array.shape.some((n, i) => n !== shape[i])) {
      throw new ModelError(where, `${variable.path} must have shape ${show(shape)}, but the file has ${show(array.shape)} at ${path}`);
    }
    return array;
  });
  placed.forEach(({ variable }, i) => {
    const { data } = found[i]!;
    const { shape, dtype } = variable.spec;
    const listed = data as ArrayLike<number | bigint>;
    const numbers = dtype === 'int32' ? Int32Array.from(listed, Number) : data instanceof Float32Array ? data : Float32Array.from(listed, Number);
    variable.replace(tf.tensor(numbers, [...shape], dtype));
  });
}

/** Reads a `.keras` file. Nothing in it is executed. */
export async function loadKeras(path: string, { compile = true, ...options }: LoadOptions = {}): Promise<Model> {
  const where = `loadModel: ${path}`;
  const members = readZip(await readBytes(path, where), where);
  const member = (name: string) => {
    const found = members.get(name);
    if (!found) throw new ModelError(where, `has no ${name}, which every .keras file has; it has ${[...members.keys()].slice(0, 10).join(', ') || 'nothing'}`);
    return found.bytes();
  };
  const config = parseJson(where, 'config.json', new TextDecoder().decode(member('config.json')));
  const object = check(where, 'config.json', kerasObject, config) as unknown as KerasObject;
  const seed = options.seed ?? seedIn(members.get('metadata.json')?.bytes());
  const weights = readHdf5(member('model.weights.h5'), where);
  const model = withBlankVariables(() => readModelObject(object, where, { ...options, seed }));
  try {
    if (!model.built) return model;
    const arrays = new Map(weights.paths().map((each) => [each.replace('_layer_checkpoint_dependencies/', 'layers/'), weights.dataset(each)]));
    takeWeights(model, arrays, where);
    const compiled = compile && isObject(object.compile_config) ? readCompile(object.compile_config, where) : undefined;
    if (compiled) {
      model.compile(compiled);
      const state = [...arrays].filter(([name]) => /^optimizer\/vars\/\d+$/.test(name)).sort(([a], [b]) => Number(a.split('/')[2]) - Number(b.split('/')[2]));
      if (state.length > 0) restoreOptimizer(model.trainer, state.map(([, array]) => array as never), where);
    }
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
