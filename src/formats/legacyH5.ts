/** Whole models in HDF5, as Keras 2 saved them by default and Keras 3 still can (`model.save('x.h5')`). */
import { ModelError } from '../core/errors.ts';
import type { JsonObject } from '../core/keras.ts';
import type { Model } from '../model/model.ts';
import { readBytes } from './files.ts';
import { readHdf5, textList, type Hdf5File } from './hdf5.ts';
import { readArchitecture } from './keras/architecture.ts';
import { compileAsFile, type LoadOptions } from './keras/file.ts';
import { check, isObject, parseJson } from './keras/json.ts';
import { modernCompile, modernObject } from './keras/oldForms.ts';
import { restoreOptimizer } from './keras/optimizerState.ts';
import { fileOrder } from './keras/readModel.ts';
import { kerasObject, type KerasObject } from './keras/schema.ts';
import { placedVariables } from './keras/weightPaths.ts';
import { storedAt, takeLegacyWeights } from './legacyH5Weights.ts';

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Whether the words are Keras 3's, though the file is of the older kind. */
const isModern = (version: unknown): boolean => /^[3-9]/.test(String(version));

/** The optimizer's state, where the order of its arrays is known: Keras 3's, and that of the optimizers of Keras 2.11 and later that are trained with most. */
function takeLegacyState(model: Model, file: Hdf5File, where: string): void {
  const group = 'optimizer_weights';
  const names = file.children('').includes(group) ? textList(file.attributes(group), 'weight_names') ?? [] : [];
  if (names.length === 0) return;
  const hasRate = names.some((name) => /(^|\/)learning_rate(:0)?$/.test(name));
  const inOrder = hasRate || names.slice(1).every((name) => /^(SGD\/m|Adam\/[mv]|AdamW\/[mv]|RMSprop\/velocity|Adagrad\/accumulator)\//.test(name));
  if (!inOrder) throw new ModelError(where, 'keeps the state of its optimizer in an order of Keras 2 that ibex does not know');
  const { trainer } = model;
  const order = placedVariables(model, fileOrder).map(({ variable }) => variable);
  restoreOptimizer(trainer, [...new Set(order)], names.map((name) => storedAt(file, `${group}/${name}`, where)), where, { withRate: hasRate });
}

/** Reads a whole model from an `.h5` file. Nothing in it is executed. */
export async function loadLegacyH5(path: string, options: LoadOptions): Promise<Model> {
  const where = `loadModel: ${path}`;
  const bytes = await readBytes(path, where);
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) throw new ModelError(where, 'is a zip archive, as .keras files are; rename it to end in .keras');
  const file = readHdf5(bytes, where);
  const attributes = file.attributes('');
  const description = text(attributes.get('model_config'));
  if (description === undefined) throw new ModelError(where, 'holds no model, but weights at most; make the model and call loadWeights() of it');
  const modern = isModern(attributes.get('keras_version'));
  const given = parseJson(where, 'model_config', description);
  const object = check(where, 'model_config', kerasObject, modern ? given : modernObject(given, where)) as unknown as KerasObject;
  const training = text(attributes.get('training_config'));
  const compilation = training === undefined ? undefined : parseJson(where, 'training_config', training);

  const model = readArchitecture(object, where, options);
  try {
    if (!model.built) throw new ModelError(where, 'does not say what the model takes; save it again after it has seen data');
    takeLegacyWeights(model, file, where, fileOrder);
    if (isObject(compilation)) compileAsFile(model, modern ? modernTraining(compilation) : modernCompile(compilation, model.outputs.length, where), () => takeLegacyState(model, file, where), options, where);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** Keras 3 writes what it writes today, but for the name of one key. */
const modernTraining = ({ optimizer_config: optimizer, ...rest }: JsonObject): JsonObject => ({ ...rest, optimizer: optimizer ?? null });
