/** `model.save(path)`: the ending says the format. */
import { inWords, ModelError } from '../core/errors.ts';
import type { Model } from '../model/model.ts';

/** @throws ModelError for an ending that ibex does not write, a folder that is not there, a disk that is full; an older file stays as it was. */
export async function saveModel(model: Model, path: string): Promise<void> {
  if (typeof path !== 'string') throw new ModelError('save', `takes the path of a file, got ${inWords(path)}`);
  if (path.endsWith('.keras')) return (await import('./keras/file.ts')).saveKeras(model, path);
  if (path.endsWith('.weights.h5')) return (await import('./weights.ts')).saveWeights(model, path);
  if (path.endsWith('.json')) return (await import('./tfLayers.ts')).saveTfLayers(model, path);
  const remedy = /\.(h5|hdf5)$/.test(path) ? '; ibex reads whole models from .h5, an older format, but does not write them' : '';
  throw new ModelError(`save: ${path}`, `must end in .keras, the format that ibex and Keras share, in .weights.h5 for weights alone, or in model.json for tf.layers${remedy}`);
}
