/** The architecture of a model without its weights, as plain data. */
import { ModelError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/keras.ts';
import type { AnyOutput, Model } from '../../model/model.ts';
import { withBlankVariables } from '../../model/variables.ts';
import { checkEffort } from './effort.ts';
import { check, parseJson } from './json.ts';
import type { ReadOptions } from './layers.ts';
import { plainJson } from './pythonJson.ts';
import { readModel } from './readModel.ts';
import { kerasObject, type KerasObject } from './schema.ts';
import { writeModel } from './writeModel.ts';

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
  const text = typeof json === 'string' ? json : JSON.stringify(json) ?? 'null';
  const object = check(where, 'the description', kerasObject, parseJson(where, 'the description', text)) as unknown as KerasObject;
  return readArchitecture(object, where, options) as unknown as Model<AnyOutput>;
}
