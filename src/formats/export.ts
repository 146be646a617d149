/** `model.export(path)`: the path says the format. */
import { inWords, ModelError } from '../core/errors.ts';
import type { Model } from '../model/model.ts';

/** @throws ModelError for a path of a file that other programs do not run, for what cannot be exported, a folder that is not there, a disk that is full */
export async function exportModel(model: Model, path: string): Promise<void> {
  if (typeof path !== 'string' || path === '') throw new ModelError('export', `takes the path of an .onnx file, or of a folder for a SavedModel, got ${inWords(path)}`);
  if (/\.onnx$/i.test(path)) return (await import('./onnx/onnx.ts')).exportOnnx(model, path);
  const ending = /\.(keras|h5|hdf5|json|pb|tflite)$/.exec(path)?.[0];
  if (ending === '.pb' || ending === '.tflite') throw new ModelError(`export: ${path}`, `does not write ${ending} files; name a folder for a SavedModel, or an .onnx file`);
  if (ending) throw new ModelError(`export: ${path}`, `writes what other programs run, an .onnx file or a folder for a SavedModel; for a ${ending} file, which ibex reads again, use save()`);
  return (await import('./savedModel/export.ts')).exportSavedModel(model, path);
}
