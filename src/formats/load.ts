/** `loadModel(path)`: the ending says the format. */
import { z } from 'zod';
import { inWords, ModelError, parseOptions } from '../core/errors.ts';
import type { AnyOutput, Model } from '../model/model.ts';
import type { LoadOptions } from './keras/file.ts';
import { readOptions } from './readOptions.ts';

export type { LoadOptions } from './keras/file.ts';

const loadOptions = readOptions.extend({ compile: z.boolean().optional() });

/** Formats are loaded when needed: most programs load no model. */
async function read(path: string, options: LoadOptions): Promise<Model> {
  if (path.endsWith('.keras')) return (await import('./keras/file.ts')).loadKeras(path, options);
  if (path.endsWith('.weights.h5')) throw new ModelError(`loadModel: ${path}`, 'holds weights without a model; make the model and call loadWeights() of it');
  if (/\.(h5|hdf5)$/.test(path)) return (await import('./legacyH5.ts')).loadLegacyH5(path, options);
  if (path.endsWith('.json')) return (await import('./tfLayers.ts')).loadTfLayers(path, options);
  throw new ModelError(`loadModel: ${path}`, 'must end in .keras, the format that ibex and Keras share, in .h5 for models of older Keras, or in model.json for those of tf.layers');
}

/**
 * Reads a model that ibex, Keras or tf.layers saved: architecture, weights, compilation, optimizer state. Nothing in the file is executed.
 * @param options - `customLayers` for layers of your own, by kind; `compile: false` to leave the compilation out; `seed` for the randomness of further training.
 * @throws ModelError for a file that is missing, broken, foreign, or holds what ibex does not know, saying which.
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<Model<AnyOutput>> {
  if (typeof path !== 'string') throw new ModelError('loadModel', `takes the path of a file, got ${inWords(path)}`);
  return (await read(path, parseOptions('loadModel', loadOptions, options) as LoadOptions)) as unknown as Model<AnyOutput>;
}
