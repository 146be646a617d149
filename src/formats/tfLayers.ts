/** Models of tf.layers (`@tensorflow/tfjs-layers`): a model.json, and files of weights beside it. */
import { ModelError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/keras.ts';
import type { Layer } from '../core/layer.ts';
import type { Model } from '../model/model.ts';
import { readBytes, writeAtomically } from './files.ts';
import { readArchitecture } from './keras/architecture.ts';
import { compileAsFile, type LoadOptions } from './keras/file.ts';
import { check, isObject, parseJson } from './keras/json.ts';
import { modernCompile, modernObject } from './keras/oldForms.ts';
import { plainJson } from './keras/pythonJson.ts';
import { fileOrder } from './keras/readModel.ts';
import { kerasObject, type KerasObject } from './keras/schema.ts';
import { writeModel } from './keras/writeModel.ts';
import { oldModel } from './tfLayersForms.ts';
import { readManifest, writeManifest } from './tfLayersManifest.ts';
import { matchWeights, namedWeights, uniqueNames } from './tfLayersNames.ts';
import { checkMemory, setFromFile } from './weightsSet.ts';

/** The folder of a file, with a slash at its end, and the file's name. */
const split = (path: string): readonly [string, string] => {
  const cut = path.replaceAll('\\', '/').lastIndexOf('/') + 1;
  return [path.slice(0, cut), path.slice(cut)];
};

const asText = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/**
 * Saves a model for tf.layers: architecture and weights, without compilation and optimizer state.
 * @throws ModelError, before anything is written, for a layer or an option that tf.layers does not have
 */
export async function saveTfLayers(model: Model, path: string): Promise<void> {
  const where = `save: ${path}`;
  if (!model.built) throw new ModelError(where, 'the model has no weights yet; begin it with input({ shape }), or fit it first');
  const { object, notes } = writeModel(model);
  const names = uniqueNames(model);
  const topology = oldModel(plainJson(object) as JsonObject, { model, names }, where);
  for (const note of notes) console.warn(`ibex: ${note}.`);
  const [folder, name] = split(path);
  const weights = namedWeights(model, names).map((each) => ({ name: each.name, shape: each.variable.tensor.shape, data: each.variable.tensor.dataSync() as Float32Array | Int32Array }));
  // Several models in one folder keep their weights apart.
  const { manifest, files } = writeManifest(weights, name === 'model.json' ? '' : `${name.replace(/\.json$/, '')}-`);
  for (const file of files) await writeAtomically(`${folder}${file.name}`, file.content, where);
  const json = { format: 'layers-model', generatedBy: 'ibex', convertedBy: null, modelTopology: { ...topology, keras_version: '2.15.0', backend: 'tensorflow' }, weightsManifest: manifest };
  await writeAtomically(path, asText(json), where);
}

/** The model's object, however deep the file puts it, and what it says of training. */
function topologyOf(json: JsonObject, where: string): { readonly object: Json; readonly training: Json | undefined } {
  if (json.format === 'graph-model') throw new ModelError(where, 'is a graph of TensorFlow\'s operations, not a model of layers; convert it again with --output_format tfjs_layers_model');
  const topology = json.modelTopology ?? json;
  if (!isObject(topology)) throw new ModelError(where, 'has no modelTopology, which a model.json of TensorFlow.js has');
  if (!('modelTopology' in json || 'model_config' in topology || 'class_name' in topology)) throw new ModelError(where, 'is not a model.json of TensorFlow.js: it has no modelTopology');
  const within = isObject(topology.model_config) ? topology.model_config : topology;
  return { object: within, training: json.trainingConfig ?? topology.training_config };
}

const withHeld = (layers: Iterable<Layer>): readonly Layer[] => [...layers].flatMap((layer) => [layer, ...withHeld(layer.held.values())]);

/** A line about layers that tf.layers, which wrote the file, computes otherwise. */
function warnOfDifferences(model: Model, generatedBy: Json | undefined, where: string): void {
  if (!String(generatedBy).startsWith('TensorFlow.js')) return;
  const enlarging = withHeld(model.layers).find(({ kind, options }) => kind === 'upSampling2d' && options.interpolation === 'bilinear');
  if (enlarging) console.warn(`ibex: ${where}: ${enlarging.name} interpolates between the middles of points, as in Keras; in tf.layers it does between their corners, and so predicts otherwise.`);
}

/** Reads a model of tf.layers, or one that its converter made of Keras's. Nothing in it is executed. */
export async function loadTfLayers(path: string, options: LoadOptions): Promise<Model> {
  const where = `loadModel: ${path}`;
  const json = parseJson(where, 'the file', await readBytes(path, where));
  if (!isObject(json)) throw new ModelError(where, 'is not a model.json of TensorFlow.js: it has no modelTopology');
  const { object, training } = topologyOf(json, where);
  const description = check(where, 'modelTopology', kerasObject, modernObject(object, where)) as unknown as KerasObject;
  const model = readArchitecture(description, where, options);
  try {
    if (!model.built) throw new ModelError(where, 'does not say what the model takes; save it again after it has been built');
    const arrays = await readManifest(json.weightsManifest ?? [], split(path)[0], where);
    const weights = matchWeights(model, arrays, fileOrder, where);
    checkMemory(model.network.variables, where);
    setFromFile(weights, where);
    warnOfDifferences(model, json.generatedBy, where);
    if (isObject(training)) compileAsFile(model, modernCompile(training, model.outputs.length, where), () => {}, options, where);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
