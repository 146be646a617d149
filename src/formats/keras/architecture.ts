/** The architecture of a model without its weights, as plain data. */
import { inWords, ModelError, parseOptions } from '../../core/errors.ts';
import type { JsonObject } from '../../core/keras.ts';
import { show } from '../../core/shape.ts';
import type { AnyOutput, Model } from '../../model/model.ts';
import { withBlankVariables } from '../../model/variables.ts';
import { checkEffort } from './effort.ts';
import { check, isObject, parseJson } from './json.ts';
import type { ReadOptions } from './layers.ts';
import { isOldKeras, modernObject } from './oldForms.ts';
import { plainJson } from './pythonJson.ts';
import { readModel } from './readModel.ts';
import { kerasObject, type KerasObject } from './schema.ts';
import { writeModel } from './writeModel.ts';
import { readOptions } from '../readOptions.ts';

/** The architecture of a model as plain data, in Keras's words. @throws ModelError for options that no file can hold, naming layer and option */
export function describeModel(model: Model): JsonObject {
  const { object, notes } = writeModel(model);
  for (const note of notes) console.warn(`ibex: ${note}.`);
  return plainJson(object) as JsonObject;
}

/** A model as an object describes it. Its weights take no memory until they are set or asked for. */
export function readArchitecture(object: KerasObject, where: string, options: ReadOptions): Model {
  checkEffort(where, object as unknown as JsonObject);
  const notes: string[] = [];
  try {
    const model = withBlankVariables(() => readModel(object, where, { ...options, shared: new Map(), notes, readModel }));
    for (const note of notes) console.warn(`ibex: ${note}.`);
    return model;
  } catch (error) {
    // Layers in a row that is longer than the stack of calls is deep.
    if (error instanceof RangeError) throw new ModelError(where, `describes a model that is too large to build: ${error.message}`, { cause: error });
    throw error;
  }
}

/**
 * A new model of the architecture that `model.toJSON()` gave, or that Keras's `to_json()` gave. Its weights start anew, by `seed`.
 * @param json - the plain data, or its text.
 * @throws ModelError for what describes no model, or layers that ibex does not know.
 */
export function modelFromJSON(json: unknown, options: ReadOptions = {}): Model<AnyOutput> {
  const where = 'modelFromJSON';
  const { customLayers, seed } = parseOptions(where, readOptions, options);
  const given = parseJson(where, 'the description', textOf(json, where));
  if (!isObject(given) || typeof given.class_name !== 'string') throw new ModelError(where, `takes what toJSON() of a model gives, or its text: { class_name: 'Sequential', config: { … } }, got ${inWords(json)}`);
  const object = check(where, 'the description', kerasObject, isOldKeras(given.keras_version) ? modernObject(given, where) : given) as unknown as KerasObject;
  const model = readArchitecture(object, where, { customLayers, seed });
  checkSizes(model, where);
  return model as unknown as Model<AnyOutput>;
}

function textOf(json: unknown, where: string): string {
  try {
    const text = typeof json === 'string' ? json : JSON.stringify(json);
    if (text !== undefined && /^\s*\{/.test(text)) return text;
  } catch (error) {
    throw new ModelError(where, `takes what toJSON() of a model gives, or its text, got what is no JSON: ${(error as Error).message.split('\n')[0]!}`, { cause: error });
  }
  throw new ModelError(where, `takes what toJSON() of a model gives, or its text, got ${inWords(json)}${typeof json === 'string' ? '; loadModel() reads files' : ''}`);
}

// TensorFlow counts the numbers of a tensor in 31 bits.
const largestWeight = 2 ** 31 - 1;

/** @throws ModelError for weights that no engine could hold: no file bounds what a description asks for */
function checkSizes(model: Model, where: string): void {
  const found = model.built ? model.network.variables.find(({ spec }) => spec.shape.reduce((product, n) => product * n, 1) > largestWeight) : undefined;
  if (!found) return;
  model.dispose();
  throw new ModelError(where, `describes a weight ${found.path} of shape ${show(found.spec.shape)}, which is more than any engine holds`);
}
