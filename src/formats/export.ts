/** `model.export(path)`: the path says the format. */
import { inWords, ModelError } from '../core/errors.ts';
import type { Model } from '../model/model.ts';

/** @throws ModelError for a path of a file that other programs do not run, for what cannot be exported, a folder that is not there, a disk that is full */
export async function exportModel(model: Model, path: string): Promise<void> {
  if (typeof path !== 'string' || path === '') throw new ModelError('export', `takes the path of a folder for a SavedModel, got ${inWords(path)}`);
  const ending = /\.(keras|h5|hdf5|json|pb|tflite)$/.exec(path)?.[0];
  if (ending) throw new ModelError(`export: ${path}`, ending === '.pb' || ending === '.tflite' ? `does not write ${ending} files; name a folder for a SavedModel` : `writes a folder that TensorFlow runs, a SavedModel; for a ${ending} file, which ibex reads again, use save()`);
  return (await import('./savedModel/export.ts')).exportSavedModel(model, path);
}
