/** `model.save(path)`: the ending says the format. */
import { ModelError } from '../core/errors.ts';
import type { Model } from '../model/model.ts';
import { saveKeras } from './keras/file.ts';

/** @throws ModelError for an ending that ibex does not write, a folder that is not there, a disk that is full; an older file stays as it was. */
export async function saveModel(model: Model, path: string): Promise<void> {
  if (path.endsWith('.keras')) return saveKeras(model, path);
  throw new ModelError(`save: ${path}`, 'must end in .keras, the format that ibex and Keras share');
}
