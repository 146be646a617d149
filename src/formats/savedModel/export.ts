/** `model.export('folder')`: a SavedModel of TensorFlow for `tf.saved_model.load`, Keras's `TFSMLayer`, TensorFlow Serving and tfjs-node. */
import { ModelError } from '../../core/errors.ts';
import type { Model } from '../../model/model.ts';
import { traceModel } from '../export/trace.ts';
import { writeFolder } from '../folder.ts';
import { assemble } from './assemble.ts';
import { checkpoint } from './checkpoint.ts';
import { encode } from './encode.ts';

/**
 * Writes a folder that TensorFlow serves predictions from: signature `serving_default`, inputs and outputs by the names that the model has for them, any number of examples.
 * A SavedModel that is there is replaced.
 * @throws ModelError for layers that no graph of TensorFlow can stand for, for another folder or file of that name, for a disk that is full; then nothing is written
 */
export async function exportSavedModel(model: Model, path: string): Promise<void> {
  const where = `export: ${path}`;
  const trace = await traceModel(model, where);
  const graph = assemble(trace, where);
  const files = [{ name: 'saved_model.pb', content: [encode(graph)] }, ...(graph.variables.length > 0 ? checkpoint('variables/variables', graph.variables) : [])];
  await writeFolder(path, files, where, (names) => {
    if (names.length > 0 && !names.includes('saved_model.pb')) throw new ModelError(where, `the folder holds other files (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}) and no SavedModel; name a new folder, or an empty one`);
  });
}
