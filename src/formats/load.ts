/** `loadModel(path)`: the ending says the format. */
import { ModelError } from '../core/errors.ts';
import type { AnyOutput, Model } from '../model/model.ts';
import type { LoadOptions } from './keras/file.ts';

export type { LoadOptions } from './keras/file.ts';

/**
 * Reads a model that ibex or Keras saved: architecture, weights, compilation, optimizer state. Nothing in the file is executed.
 * @param options - `customLayers` for layers of your own, by kind; `compile: false` to leave the compilation out; `seed` for the randomness of further training.
 * @throws ModelError for a file that is missing, broken, foreign, or holds what ibex does not know, saying which.
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<Model<AnyOutput>> {
  if (path.endsWith('.keras')) {
    // Loaded when needed: most programs load no model.
    const { loadKeras } = await import('./keras/file.ts');
    return (await loadKeras(path, options)) as unknown as Model<AnyOutput>;
  }
  throw new ModelError(`loadModel: ${path}`, 'must end in .keras, the format that ibex and Keras share');
}
